package specs

import (
	"context"
	"errors"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

var killedAndRestarted = &scenario{play: restartAfterKill, about: "The service answers 503. Events are posted; once a request with some of them was refused more are posted, " +
	"and the exporter is killed (SIGKILL) as soon as it has taken them. It is started again with the same CURRENTS_STATE_DIR, and the service takes everything."}

// restartSpecs are about an exporter that dies and is started again.
var restartSpecs = []spec{
	{"REST-001", killedAndRestarted, verdict.Delivered},
	{"REST-002", killedAndRestarted, func(t verdict.Traffic) verdict.Verdict { return verdict.Order(t, noisy) }},
}

// restartAfterKill kills the exporter when some events are in flight that it cannot deliver, as
// soon as it has taken more, and starts it again with the same directory.
func restartAfterKill(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	r.step(func() error {
		if _, ok := r.instance.(Killer); !ok {
			return verdict.Failuref(verdict.Unobservable, "what survives a sudden death: the harness cannot kill this subject")
		}
		return nil
	})
	r.fault(ctx, control.FaultTarget{}, control.FaultWhen{}, unavailable)
	const first, all = 12, 25
	events := r.events.eventsOf(noisy, all)
	r.post(ctx, events[:first]...)
	r.await(ctx, deliveryTimeout, control.Until{Refused: 1})
	r.post(ctx, append(events[first:], r.events.onePerDevice("survivor", 20)...)...)
	before := r.kill()
	r.clearFaults(ctx)
	r.startAgain(ctx)
	r.awaitAccepted(ctx, deliveryTimeout)
	t, err := r.finish(ctx)
	t.Output = append(before, t.Output...)
	return t, err
}

// kill kills the exporter, and returns what it had printed.
func (r *run) kill() (output []byte) {
	r.step(func() error {
		if err := r.instance.(Killer).Kill(); err != nil {
			if death := r.died(); death != nil {
				err = errors.New(death.String())
			}
			return verdict.Failuref(verdict.BySubject, "had died before it was killed: %v", err)
		}
		output = r.instance.Output()
		return nil
	})
	return output
}

// startAgain starts the exporter once more. That it does not start is its failure now: it
// did before.
func (r *run) startAgain(ctx context.Context) {
	if r.err != nil {
		return
	}
	if r.start(ctx); r.err != nil {
		r.err = verdict.Failuref(verdict.BySubject, "does not start again after it was killed: %v", r.err)
	}
}
