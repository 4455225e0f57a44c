package specs

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// rate are the specs of the limit of 30 events per second and device.
func (b *bench) rate() {
	const allowed = 30
	pause := b.target.Timings.ThrottlePause
	Describe("rate", func() {
		paced := b.record(pacing)
		b.owns("RATE-001", paced, func(t verdict.Traffic) verdict.Verdict { return verdict.RateLimit(t, noisy, allowed) })
		b.owns("RATE-002", paced, verdict.Delivered)
		b.owns("RATE-003", paced, func(t verdict.Traffic) verdict.Verdict { return verdict.NotDelayed(t, noisy, time.Second) })
		b.owns("RATE-008", paced, func(t verdict.Traffic) verdict.Verdict { return verdict.RateFloor(t, noisy, allowed/2) })

		throttled := b.record(throttling)
		b.owns("RATE-004", throttled, func(t verdict.Traffic) verdict.Verdict { return verdict.Pause(t, noisy, pause) })
		b.owns("RATE-005", throttled, verdict.Delivered)
		b.owns("RATE-006", throttled, func(t verdict.Traffic) verdict.Verdict { return verdict.Order(t, noisy) })
		b.owns("RATE-007", throttled, func(t verdict.Traffic) verdict.Verdict { return verdict.Neighbors(t, noisy, pause) })
		b.owns("RATE-009", throttled, func(t verdict.Traffic) verdict.Verdict {
			const margin = 2 * time.Second
			return verdict.BackSoon(t, noisy, 2*pause+margin)
		})
		b.owns("RATE-010", b.record(sharedDevice), func(t verdict.Traffic) verdict.Verdict {
			return verdict.Neighbors(t, noisy, pause)
		})
		b.owns("RATE-011", b.record(restlessUser), func(t verdict.Traffic) verdict.Verdict {
			return verdict.Pause(t.ByUser(), restless, pause)
		})
		b.owns("RATE-012", b.record(herd), func(t verdict.Traffic) verdict.Verdict { return verdict.Spread(t, rounds...) })
		b.owns("RATE-013", b.record(noise), func(t verdict.Traffic) verdict.Verdict {
			return verdict.InnocentDelay(t, noisy, time.Second)
		})
	})
}

// pacing posts three seconds' worth of events of one device, and then events of
// others, to a service that counts every second on its own.
func pacing(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, &control.Limits{Profile: "strict"})
	if err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.post(ctx, append(b.corpus.burst(90), b.corpus.crowd("quiet", 20)...)...); err != nil {
		return verdict.Traffic{}, err
	}
	const patience = 20 * time.Second
	if err := s.await(ctx, patience, control.Until{Settled: s.due()}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}

// throttling posts events of a device that the service lets have one event a
// second, and of others, until the device is refused; posts one more of the device;
// watches for half a pause whether it is tried again; and then lets the service be
// lenient, so that it does not matter how many events the exporter sends at once.
func throttling(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, oneASecond())
	if err != nil {
		return verdict.Traffic{}, err
	}
	const posted = 20
	burst := b.corpus.burst(posted + 1)
	if err := s.post(ctx, append(burst[:posted:posted], b.corpus.crowd("quiet", 10)...)...); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, patience, control.Until{Refused: 1}); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.postLate(ctx, burst[posted:]...); err != nil {
		return verdict.Traffic{}, err
	}
	return s.untilLenient(ctx)
}

// postLate posts events when the exporter has had time to read an answer.
func (s *session) postLate(ctx context.Context, events ...verdict.Posted) error {
	const moment, storm = 150 * time.Millisecond, 1000
	if err := s.await(ctx, moment, control.Until{Refused: storm}); err != nil {
		return err
	}
	return s.post(ctx, events...)
}

// patience is for what takes no time unless something is wrong.
const patience = 10 * time.Second

// oneASecond are limits of one event a second for each device and user.
func oneASecond() *control.Limits {
	one := 1
	return &control.Limits{Profile: "strict", EventsPerSecond: &one, BatchEventsPerSecond: &one}
}

// untilLenient watches for half a pause whether the exporter is hasty, lets the
// service be lenient, and waits for the rest.
func (s *session) untilLenient(ctx context.Context) (verdict.Traffic, error) {
	const hasty = 6
	if err := s.await(ctx, s.target.Timings.ThrottlePause/2, control.Until{Refused: hasty}); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.target.Control.SetLimits(ctx, s.key, control.Limits{}); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, patience+2*s.target.Timings.ThrottlePause, control.Until{Settled: s.due()}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}
