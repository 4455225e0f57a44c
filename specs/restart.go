package specs

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// restart are the specs of an exporter that dies and is started again.
func (b *bench) restart() {
	Describe("restart", func() {
		reborn := b.record(killed)
		b.owns("REST-001", reborn, verdict.Delivered)
		b.owns("REST-002", reborn, func(t verdict.Traffic) verdict.Verdict { return verdict.Order(t, noisy) })
	})
}

// killed kills the exporter as soon as it has taken events that it cannot deliver,
// and starts it again with the same directory.
func killed(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	killer, ok := s.instance.(Killer)
	if !ok {
		return verdict.Traffic{}, untestable{errors.New("the harness cannot kill this subject")}
	}
	do := control.FaultAction{ServerError: &control.ServerErrorFault{Status: http.StatusServiceUnavailable}}
	if err := s.fault(ctx, control.FaultTarget{}, control.FaultWhen{}, do); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.post(ctx, append(b.corpus.burst(25), b.corpus.crowd("survivor", 20)...)...); err != nil {
		return verdict.Traffic{}, err
	}
	if err := killer.Kill(); err != nil {
		return verdict.Traffic{}, subjectError{fmt.Errorf("had died before it was killed: %w", err)}
	}
	if err := s.target.Control.ClearFaults(ctx, s.key); err != nil {
		return verdict.Traffic{}, fmt.Errorf("clear faults: %w", err)
	}
	before := s.instance.Output()
	if err := s.start(ctx); err != nil {
		return verdict.Traffic{}, subjectError{fmt.Errorf("does not start again after it was killed: %w", err)}
	}
	if err := s.await(ctx, patience, control.Until{Settled: s.due()}); err != nil {
		return verdict.Traffic{}, err
	}
	t, err := s.finish(ctx)
	t.Output = append(before, t.Output...)
	return t, err
}
