package specs

import (
	"context"
	"fmt"
	"net/http"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// poisonous is the device whose events the service never takes.
const poisonous = "poisonous-device"

// refused are the specs of events that the service never takes, of repeats, and of
// what both cost.
func (b *bench) refused() {
	// A request of 30 events that is halved until the one at fault stands alone is
	// sent six times; an exporter may have reasons for a few more.
	const search, named = 20, 6
	named400 := b.record(silenced)
	Describe("refused events", func() {
		b.owns("PART-001", named400, verdict.Delivered)
		b.owns("PART-002", named400, func(t verdict.Traffic) verdict.Verdict { return verdict.GivenUp(t, named) })
		b.owns("PART-003", b.record(severalKinds), verdict.Delivered)
		nameless := b.record(answeredFor(http.StatusBadRequest, `{"code":400,"error":"Request could not be processed"}`))
		b.owns("PART-004", nameless, verdict.Delivered)
		b.owns("PART-005", nameless, func(t verdict.Traffic) verdict.Verdict { return verdict.GivenUp(t, search) })
		oversize := b.record(answeredFor(http.StatusRequestEntityTooLarge, `{"code":413,"error":"Payload too large"}`))
		b.owns("PART-006", oversize, verdict.Delivered)
		b.owns("PART-007", oversize, func(t verdict.Traffic) verdict.Verdict { return verdict.GivenUp(t, search) })
		b.owns("WASTE-002", nameless, func(t verdict.Traffic) verdict.Verdict {
			const requests, sends = 3, 10
			return verdict.Waste(t, requests, sends)
		})
	})
	Describe("duplicates", func() {
		b.owns("DUP-001", named400, verdict.Once)
		b.owns("DUP-002", b.record(postedTwice), verdict.Delivered)
	})
}

// withPoison posts events of which some are never taken, in one post.
func (s *session) withPoison(ctx context.Context, poison ...verdict.Posted) (verdict.Traffic, error) {
	events := s.corpus.crowd("healthy", 30-len(poison))
	for i, p := range poison {
		at := (i + 1) * len(events) / (len(poison) + 1)
		events = append(events[:at:at], append([]verdict.Posted{doomed(p)}, events[at:]...)...)
	}
	return s.deliver(ctx, events)
}

// silenced posts events of a device that the service has silenced, among others: it
// names them in its answer.
func silenced(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.target.Control.SilenceDevices(ctx, s.key, poisonous); err != nil {
		return verdict.Traffic{}, fmt.Errorf("silence device: %w", err)
	}
	return s.withPoison(ctx, b.corpus.anonymous("silenced-event-1", poisonous), b.corpus.anonymous("silenced-event-2", poisonous))
}

// severalKinds posts events that are refused for different reasons: each answer
// names those of one reason.
func severalKinds(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.target.Control.SilenceDevices(ctx, s.key, poisonous); err != nil {
		return verdict.Traffic{}, fmt.Errorf("silence device: %w", err)
	}
	// The service strips blanks and then finds an id it never takes.
	return s.withPoison(ctx, b.corpus.anonymous("silenced-event", poisonous), b.corpus.anonymous("blank-event", "unknown    "))
}

// answeredFor lets every request with an event of one device be answered so.
func answeredFor(status int, body string) func(context.Context, *bench) (verdict.Traffic, error) {
	return func(ctx context.Context, b *bench) (verdict.Traffic, error) {
		s, err := b.open(ctx, nil)
		if err != nil {
			return verdict.Traffic{}, err
		}
		target := control.FaultTarget{DeviceID: poisonous}
		if err := s.fault(ctx, target, control.FaultWhen{}, control.FaultAction{Status: &control.StatusFault{Status: status, Body: body}}); err != nil {
			return verdict.Traffic{}, err
		}
		return s.withPoison(ctx, b.corpus.anonymous("poisonous-event", poisonous))
	}
}

// postedTwice posts the same events twice, as Braze does when it missed the answer.
func postedTwice(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, nil)
	if err != nil {
		return verdict.Traffic{}, err
	}
	events := b.corpus.crowd("repeated", 8)
	return s.deliver(ctx, events, events)
}
