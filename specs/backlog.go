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

// backlog are the specs of what piles up in an outage, and of the size of requests.
func (b *bench) backlog() {
	Describe("backlog", func() {
		piled := b.record(pileUp(2060, 0))
		b.owns("BACK-001", piled, verdict.Kept)
		b.owns("BACK-002", piled, verdict.Deferred)
		// By their number only: of a request that is too large nobody sees how many.
		b.owns("LIMIT-001", piled, verdict.RequestEvents)
		b.owns("LIMIT-002", b.record(pileUp(0, 80)), verdict.RequestBytes)
		const kb = 1 << 10
		b.owns("LIMIT-003", b.record(ofSize(700*kb, true)), verdict.Delivered)
		b.owns("LIMIT-004", b.record(ofSize(960*kb, false)), func(t verdict.Traffic) verdict.Verdict {
			return verdict.All(verdict.NeverSent(t), verdict.Delivered(t))
		})
	})
}

// pileUp posts more than one request can carry while the service is down: small
// events, and others of 20 KB.
func pileUp(small, large int) func(context.Context, *bench) (verdict.Traffic, error) {
	return func(ctx context.Context, b *bench) (verdict.Traffic, error) {
		s, err := b.faulty(ctx, control.FaultWhen{}, control.FaultAction{
			ServerError: &control.ServerErrorFault{Status: http.StatusServiceUnavailable},
		})
		if err != nil {
			return verdict.Traffic{}, err
		}
		const size = 20_000
		events := b.corpus.throng("piled", small)
		for i := range large {
			device := fmt.Sprintf("heavy-device-%02d", i)
			events = append(events, b.corpus.large(device+"-event", device, size))
		}
		if err := s.post(ctx, events...); err != nil {
			return verdict.Traffic{}, err
		}
		// All of it is there when the service comes up again.
		if err := s.await(ctx, time.Second, control.Until{Refused: 50}); err != nil {
			return verdict.Traffic{}, err
		}
		return s.recovered(ctx)
	}
}

// ofSize posts an event of about that size among others; sent tells whether it is
// to be delivered.
func ofSize(size int, sent bool) func(context.Context, *bench) (verdict.Traffic, error) {
	return func(ctx context.Context, b *bench) (verdict.Traffic, error) {
		large := b.corpus.large("long-story-event", "long-story-device", size)
		if !sent {
			large.Want, large.Dropped = nil, "too_large"
		}
		return b.between(ctx, b.corpus.crowd("short-story", 4), large)
	}
}
