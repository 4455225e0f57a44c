package specs

import (
	"context"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

var lifecycleSpecs = []spec{
	{"LIFE-001", &scenario{play: endAtOnce, about: "40 events of one device and 20 of others are posted, and the exporter is told to end (SIGTERM) as soon as it has taken them. " +
		"The service takes all that it is sent."}, func(t verdict.Traffic) verdict.Verdict {
		return verdict.All(verdict.CleanEnd(t), verdict.Delivered(t))
	}},
}

// endAtOnce ends the exporter right after it has taken events, more of one
// device than a second allows.
func endAtOnce(ctx context.Context, r *run) (verdict.Traffic, error) {
	if r.target.APIKey != "" {
		return verdict.Traffic{}, verdict.Failuref(verdict.Unobservable, "the end of an exporter that runs already")
	}
	r.open(ctx, nil)
	if r.input != "" {
		return verdict.Traffic{}, r.postsOnly() // it ends by itself
	}
	r.post(ctx, append(r.events.eventsOf(noisy, 40), r.events.onePerDevice("quiet", 20)...)...)
	return r.finish(ctx)
}
