package specs

import (
	"context"
	"fmt"
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
func (s *session) deliver(ctx context.Context, groups ...[]verdict.Posted) (verdict.Traffic, error) {
	for _, events := range groups {
		if err := s.post(ctx, events...); err != nil {
			return verdict.Traffic{}, err
		}
	}
	if err := s.awaitSentinel(ctx); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}

func (s *session) awaitSentinel(ctx context.Context) error {
	const glance = 250 * time.Millisecond
	patience := 3 * time.Second // the rest comes when the exporter is told to end
	if s.target.APIKey != "" {
		patience = 10 * time.Second // it is not told
	}
	due := s.due() + 1
	kept := s.posted
	if err := s.post(ctx, s.corpus.anonymous(sentinelID, "sentinel-device")); err != nil {
		return err
	}
	s.posted = kept
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for waiting.Err() == nil {
		if err := s.await(ctx, glance, control.Until{Settled: due}); err != nil {
			return err
		}
		ledger, err := s.target.Control.Ledger(ctx, s.key)
		if err != nil {
			return fmt.Errorf("read ledger: %w", err)
		}
		seen, err := s.target.Control.Events(ctx, control.Query{APIKey: s.key, InsertID: sentinelID, Outcome: control.Accepted, Limit: 1})
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		if ledger.Settled() >= due || len(seen) > 0 {
			return nil
		}
	}
	return ctx.Err()
}

func withoutSentinel(events []control.Event) []control.Event {
	return slices.DeleteFunc(events, func(e control.Event) bool { return e.InsertID == sentinelID })
}
