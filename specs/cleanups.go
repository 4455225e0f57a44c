package specs

import (
	"context"
	"slices"
	"time"
)

// cleanups are what is to be done when a trace is recorded, or was cut short.
type cleanups struct{ all []func(context.Context) }

func (c *cleanups) add(cleanup func(context.Context)) { c.all = append(c.all, cleanup) }

// run runs them, the last first. An exporter that still runs gets a second to end:
// the context of its trace may be over.
func (c *cleanups) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for _, cleanup := range slices.Backward(c.all) {
		cleanup(ctx)
	}
}
