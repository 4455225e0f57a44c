package play

import (
	"context"
	"fmt"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/simulator/control"
)

// past is what both ends had counted before the load: a key that was used and an
// exporter that runs already have one, which is not of this play.
type past struct {
	simulator control.Ledger
	exporter  loadgen.ExporterLedger
}

func (s *Stage) past(ctx context.Context) (p past, err error) {
	if p.simulator, err = s.Control.Ledger(ctx, s.Key); err != nil {
		return p, fmt.Errorf("ask the simulator for its ledger: %w", err)
	}
	if s.Exporter != nil {
		if p.exporter, err = s.Exporter.Ledger(ctx); err != nil {
			return p, fmt.Errorf("ask the exporter for its ledger: %w", err)
		}
	}
	return p, nil
}

// sinceSimulator is what the simulator has counted since then.
func (p *past) sinceSimulator(l control.Ledger) control.Ledger {
	l.Requests = since(l.Requests, p.simulator.Requests)
	l.Events = since(l.Events, p.simulator.Events)
	l.Outcomes = less(l.Outcomes, p.simulator.Outcomes)
	l.Statuses = less(l.Statuses, p.simulator.Statuses)
	l.Reasons = less(l.Reasons, p.simulator.Reasons)
	return l
}

// sinceExporter is what the exporter has counted since then. What it holds, it holds
// now.
func (p *past) sinceExporter(l loadgen.ExporterLedger) loadgen.ExporterLedger {
	l.Read = since(l.Read, p.exporter.Read)
	l.Accepted = since(l.Accepted, p.exporter.Accepted)
	l.Dropped = less(l.Dropped, p.exporter.Dropped)
	l.DeadLettered = less(l.DeadLettered, p.exporter.DeadLettered)
	l.Faults = less(l.Faults, p.exporter.Faults)
	return l
}

// since is what was counted since a count was before. One that is smaller now began
// anew: its end was reset or started again.
func since(now, before uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// less is since for each of many counts; what does not occur is left out.
func less[K comparable](now, before map[K]uint64) map[K]uint64 {
	var counts map[K]uint64
	for name, n := range now {
		if n = since(n, before[name]); n > 0 {
			if counts == nil {
				counts = map[K]uint64{}
			}
			counts[name] = n
		}
	}
	return counts
}
