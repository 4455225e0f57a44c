package specs

import (
	"context"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// sentinelID is the id of the event posted after all others. When it has arrived
// and others have not, waiting longer for those is of little use.
const sentinelID = "sentinel-event"

// deliver posts the events, each group in posts of its own, waits until they have
// arrived or given cause not to be waited for, and ends the exporter.
func (r *run) deliver(ctx context.Context, groups ...[]verdict.Posted) (verdict.Traffic, error) {
	if r.input != "" {
		// It is given events once, and its end says that nothing more comes.
		r.post(ctx, slices.Concat(groups...)...)
		return r.finish(ctx)
	}
	for _, events := range groups {
		r.post(ctx, events...)
	}
	r.awaitSentinel(ctx)
	return r.finish(ctx)
}

func (r *run) awaitSentinel(ctx context.Context) {
	const glance = 250 * time.Millisecond
	within := 3 * time.Second // the rest comes when the exporter is told to end
	if r.target.APIKey != "" {
		within = 10 * time.Second // it is not told
	}
	due := r.expectedAccepted() + 1
	kept := r.posted
	r.post(ctx, r.events.anonymous(sentinelID, "sentinel-device"))
	r.posted = kept
	waiting, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for arrived := false; !arrived && r.err == nil && waiting.Err() == nil; {
		r.await(ctx, glance, control.Until{Settled: due})
		arrived = r.ledger(ctx).Settled() >= due
		r.step(func() error {
			seen, err := r.target.Control.Events(ctx, control.Query{APIKey: r.key, InsertID: sentinelID, Outcome: control.Accepted, Limit: 1})
			arrived = arrived || len(seen) > 0
			return err
		})
	}
}

func withoutSentinel(events []control.Event) []control.Event {
	return slices.DeleteFunc(events, func(e control.Event) bool { return e.InsertID == sentinelID })
}
