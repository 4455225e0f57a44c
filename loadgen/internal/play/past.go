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
	l.Requests -= p.simulator.Requests
	l.Events -= p.simulator.Events
	l.Outcomes = less(l.Outcomes, p.simulator.Outcomes)
	l.Statuses = less(l.Statuses, p.simulator.Statuses)
	l.Reasons = less(l.Reasons, p.simulator.Reasons)
	return l
}

// sinceExporter is what the exporter has counted since then. What it holds, it holds
// now.
func (p *past) sinceExporter(l loadgen.ExporterLedger) loadgen.ExporterLedger {
	l.Read -= p.exporter.Read
	l.Accepted -= p.exporter.Accepted
	l.Dropped = less(l.Dropped, p.exporter.Dropped)
	l.DeadLettered = less(l.DeadLettered, p.exporter.DeadLettered)
	l.Faults = less(l.Faults, p.exporter.Faults)
	return l
}

// less subtracts counts; what does not occur is left out.
func less[K comparable](now, before map[K]uint64) map[K]uint64 {
	var since map[K]uint64
	for name, n := range now {
		if n > before[name] {
			if since == nil {
				since = map[K]uint64{}
			}
			since[name] = n - before[name]
		}
	}
	return since
}
