package specs

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/ammeter/ammeter/specs/internal/redact"
	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/report"
)

// bench is what a suite works with.
type bench struct {
	target Target
	corpus *corpus
	// quick tells that types are judged by the sweep, without an exporter each.
	quick bool
	// sign is the recording that shows whether the exporter does anything.
	sign *recording
	// recordings are those that a spec owns, in the order of the tree.
	recordings []*recording
	// owners are the recordings that requirements are judged by.
	owners map[string]*recording
	// replay holds the recordings of a report, by name, when its verdicts are
	// derived again. Nil: recordings are made.
	replay map[string]report.Recording
	// leftovers is what the making of one recording leaves behind.
	leftovers *leftovers
}

// recording is traffic that is made when the first spec asks for it, and judged by
// each spec that does. Specs may so run alone and in any order, and those about
// the same traffic do not repeat it.
type recording struct {
	bench *bench
	// name tells it apart in a report. Empty until a spec owns it: then the ID of
	// the first requirement it is judged for.
	name string
	make func(context.Context, *bench) (verdict.Traffic, error)
	// inputs are recordings of the same events taken by other inputs.
	inputs []*recording

	once    sync.Once // guards made, traffic, err, balance and arrived
	made    bool
	traffic verdict.Traffic
	err     error
	// asked tells that a spec has asked for it: others are none of a report's business.
	asked bool
	// balance is the conservation of the traffic, arrived what of it arrived. Many
	// specs ask, and comparing every event takes a while.
	balance verdict.Verdict
	arrived verdict.Traffic
}

func (b *bench) record(scenario func(context.Context, *bench) (verdict.Traffic, error)) *recording {
	return &recording{bench: b, make: scenario}
}

// keep notes a recording that a spec about the requirement owns.
func (b *bench) keep(r *recording, id string) {
	if r.name == "" {
		r.name = id
	}
	if !slices.Contains(b.recordings, r) {
		b.recordings = append(b.recordings, r)
	}
	for _, in := range r.inputs {
		b.keep(in, id)
	}
}

// get returns the recording as a report will hold it, redacted. Specs call it, one
// at a time.
func (r *recording) get(ctx context.Context) (verdict.Traffic, error) {
	r.asked = true
	r.ready(ctx)
	return r.traffic, r.err
}

// ready sees to it that the recording is made; any number may call it at once.
func (r *recording) ready(ctx context.Context) {
	r.once.Do(func() {
		defer func() {
			if p := recover(); p != nil {
				r.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			}
		}()
		if r.err = r.bench.alive(ctx, r); r.err != nil {
			return
		}
		r.traffic, r.err = r.take(ctx)
		if r.err == nil {
			r.balance, r.arrived = verdict.Conservation(r.traffic), verdict.Arrived(r.traffic)
		}
	})
}

// take makes the recording, or reads it from the report.
func (r *recording) take(ctx context.Context) (verdict.Traffic, error) {
	if r.bench.replay != nil {
		return r.bench.replayed(r.name)
	}
	r.made = true
	own := *r.bench
	own.leftovers = &leftovers{}
	defer own.leftovers.remove(ctx)
	t, err := r.make(ctx, &own)
	return redact.Traffic(t), err
}

// sweep posts every case of every event type to one exporter.
func sweep(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	sent, optional, dropped := b.corpus.all()
	return s.deliver(ctx, b.claimed(sent), b.claimed(optional), dropped)
}
