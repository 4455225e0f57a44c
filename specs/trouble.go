package specs

import (
	"context"
	"fmt"
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// Marks of the instants at which the service went down and came up again.
const (
	down = "down"
	up   = "up"
)

// trouble are the specs of an Amplitude that fails, and of the order meanwhile.
func (b *bench) trouble() {
	Describe("retries", func() {
		always, never := 1.0, 0.0
		for id, fault := range map[string]control.FaultAction{
			"RETRY-001": {ServerError: &control.ServerErrorFault{Status: http.StatusInternalServerError, Taken: &always}},
			"RETRY-002": {ServerError: &control.ServerErrorFault{Status: http.StatusInternalServerError, Taken: &never}},
			"RETRY-003": {ServerError: &control.ServerErrorFault{Status: http.StatusServiceUnavailable}},
			"RETRY-004": {Reset: &control.ResetFault{}},
		} {
			b.owns(id, b.record(hiccup(fault)), verdict.Delivered)
		}
		const perSecond, promptness = 2, 10 * time.Second
		calm := func(t verdict.Traffic) verdict.Verdict {
			return verdict.Storm(t, t.Marks[down], t.Marks[up], perSecond)
		}
		outage := b.record(outageOf(control.FaultAction{ServerError: &control.ServerErrorFault{Status: http.StatusServiceUnavailable}}, 2500*time.Millisecond))
		b.owns("RETRY-005", outage, calm)
		b.owns("RETRY-006", outage, verdict.Delivered)
		b.owns("RETRY-007", outage, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Resumed(t, t.Marks[up], promptness)
		})
		// The body names nobody, as one for the whole endpoint does.
		nameless := b.record(outageOf(control.FaultAction{Status: &control.StatusFault{
			Status: http.StatusTooManyRequests, Body: `{"code":429,"error":"Too many requests"}`,
		}}, time.Second))
		b.owns("RETRY-008", nameless, func(t verdict.Traffic) verdict.Verdict { return verdict.All(calm(t), verdict.Delivered(t)) })
		firewall := b.record(outageOf(control.FaultAction{WAF: &control.WAFFault{}}, time.Second))
		b.owns("RETRY-009", firewall, func(t verdict.Traffic) verdict.Verdict { return verdict.All(calm(t), verdict.Delivered(t)) })
	})
	Describe("order", func() {
		b.owns("ORDER-001", b.record(failedBetween), func(t verdict.Traffic) verdict.Verdict {
			return verdict.All(verdict.Order(t, "steady-device-1"), verdict.Order(t, "steady-device-2"), verdict.Order(t, "steady-device-3"))
		})
		twice := b.record(throttledTwice)
		b.owns("ORDER-002", twice, func(t verdict.Traffic) verdict.Verdict { return verdict.Order(t, noisy) })
		b.owns("WASTE-001", twice, func(t verdict.Traffic) verdict.Verdict {
			const requests, sends = 3, 4
			return verdict.Waste(t, requests, sends)
		})
	})
}

// faulty opens a session whose requests meet a fault.
func (b *bench) faulty(ctx context.Context, when control.FaultWhen, do control.FaultAction) (*session, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return nil, err
	}
	return s, s.fault(ctx, control.FaultTarget{}, when, do)
}

// fault lets requests with the key of the session meet a fault.
func (s *session) fault(ctx context.Context, target control.FaultTarget, when control.FaultWhen, do control.FaultAction) error {
	const ttl = 120
	target.APIKey = s.key
	if _, err := s.target.Control.AddFault(ctx, control.Fault{Target: target, When: when, Do: do, TTLSeconds: ttl}); err != nil {
		return fmt.Errorf("set fault: %w", err)
	}
	return nil
}

// hiccup lets the first two requests fail.
func hiccup(do control.FaultAction) func(context.Context, *bench) (verdict.Traffic, error) {
	return func(ctx context.Context, b *bench) (verdict.Traffic, error) {
		s, err := b.faulty(ctx, control.FaultWhen{First: 2}, do)
		if err != nil {
			return verdict.Traffic{}, err
		}
		if err := s.post(ctx, b.corpus.crowd("steady", 10)...); err != nil {
			return verdict.Traffic{}, err
		}
		// Three requests, so that the repeats are seen and not only what was taken.
		if err := s.await(ctx, patience, control.Until{Requests: 3, Settled: s.due()}); err != nil {
			return verdict.Traffic{}, err
		}
		return s.finish(ctx)
	}
}

// outageOf lets every request fail for a while, and watches for a storm.
func outageOf(do control.FaultAction, lasts time.Duration) func(context.Context, *bench) (verdict.Traffic, error) {
	return func(ctx context.Context, b *bench) (verdict.Traffic, error) {
		s, err := b.faulty(ctx, control.FaultWhen{}, do)
		if err != nil {
			return verdict.Traffic{}, err
		}
		if err := s.mark(ctx, down); err != nil {
			return verdict.Traffic{}, err
		}
		if err := s.post(ctx, b.corpus.crowd("steady", 10)...); err != nil {
			return verdict.Traffic{}, err
		}
		const storm = 100
		if err := s.await(ctx, lasts, control.Until{Refused: storm}); err != nil {
			return verdict.Traffic{}, err
		}
		return s.recovered(ctx)
	}
}

// recovered lets the service work again and waits for the rest.
func (s *session) recovered(ctx context.Context) (verdict.Traffic, error) {
	if err := s.mark(ctx, up); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.target.Control.ClearFaults(ctx, s.key); err != nil {
		return verdict.Traffic{}, fmt.Errorf("clear faults: %w", err)
	}
	if err := s.await(ctx, 2*patience, control.Until{Settled: s.due()}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}

// failedBetween lets a request fail and posts more events of the same devices
// before it can have been sent again.
func failedBetween(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.faulty(ctx, control.FaultWhen{First: 1}, control.FaultAction{
		ServerError: &control.ServerErrorFault{Status: http.StatusServiceUnavailable},
	})
	if err != nil {
		return verdict.Traffic{}, err
	}
	for round := range 3 {
		var events []verdict.Posted
		for i := range 9 {
			device := fmt.Sprintf("steady-device-%d", i%3+1)
			events = append(events, b.corpus.anonymous(fmt.Sprintf("%s-round-%d-event-%d", device, round, i), device))
		}
		if err := s.post(ctx, events...); err != nil {
			return verdict.Traffic{}, err
		}
		if err := s.await(ctx, patience, control.Until{Refused: 1}); err != nil {
			return verdict.Traffic{}, err
		}
	}
	if err := s.await(ctx, patience, control.Until{Settled: s.due()}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}

// throttledTwice lets a device be refused, and once more when it returns.
func throttledTwice(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, oneASecond())
	if err != nil {
		return verdict.Traffic{}, err
	}
	const posted = 12
	burst := b.corpus.burst(posted + 1)
	if err := s.post(ctx, burst[:posted]...); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, patience+2*b.target.Timings.ThrottlePause, control.Until{Refused: 2}); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.postLate(ctx, burst[posted:]...); err != nil {
		return verdict.Traffic{}, err
	}
	return s.untilLenient(ctx)
}
