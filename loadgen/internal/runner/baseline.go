package runner

import (
	"context"
	"fmt"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/simulator/control"
)

// baseline is what both ends had counted before the load: a key that was used and an
// exporter that runs already have one, which is not of this run.
type baseline struct {
	simulator control.Ledger
	exporter  loadgen.ExporterLedger
}

func (e *Env) baseline(ctx context.Context) (b baseline, err error) {
	if b.simulator, err = e.Control.Ledger(ctx, e.Key); err != nil {
		return b, fmt.Errorf("read the simulator's ledger: %w", err)
	}
	if e.Exporter != nil {
		if b.exporter, err = e.Exporter.Ledger(ctx); err != nil {
			return b, fmt.Errorf("read the exporter's ledger: %w", err)
		}
	}
	return b, nil
}

// sinceSimulator is what the simulator has counted since then.
func (b *baseline) sinceSimulator(l control.Ledger) control.Ledger {
	l.Requests = since(l.Requests, b.simulator.Requests)
	l.Events = since(l.Events, b.simulator.Events)
	l.Outcomes = diff(l.Outcomes, b.simulator.Outcomes)
	l.Statuses = diff(l.Statuses, b.simulator.Statuses)
	l.Reasons = diff(l.Reasons, b.simulator.Reasons)
	return l
}

// sinceExporter is what the exporter has counted since then. What it holds, it holds
// now.
func (b *baseline) sinceExporter(l loadgen.ExporterLedger) loadgen.ExporterLedger {
	l.Read = since(l.Read, b.exporter.Read)
	l.Accepted = since(l.Accepted, b.exporter.Accepted)
	l.Dropped = diff(l.Dropped, b.exporter.Dropped)
	l.DeadLettered = diff(l.DeadLettered, b.exporter.DeadLettered)
	l.Faults = diff(l.Faults, b.exporter.Faults)
	return l
}

// diff is since for each of many counts; what does not occur is left out.
func diff[K comparable](now, before map[K]uint64) map[K]uint64 {
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

// since is what was counted since a count was before. One that is smaller now began
// anew: its end was reset or started again, and all that it counts came after.
func since(now, before uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}
