package specs

import (
	"context"
	"slices"
	"time"
)

// leftovers are what is to be done when a recording is made, or was cut short.
type leftovers struct{ all []func(context.Context) }

func (l *leftovers) add(remove func(context.Context)) { l.all = append(l.all, remove) }

// remove does it, the last first. An exporter that still runs gets a second to end:
// the context of its recording may be over.
func (l *leftovers) remove(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	for _, remove := range slices.Backward(l.all) {
		remove(ctx)
	}
}
