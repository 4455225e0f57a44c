package specs

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// sharedDevice lets a device of two users be too fast, while the users also use
// devices of their own.
func sharedDevice(ctx context.Context, b *bench) (verdict.Traffic, error) {
	limits, devicesOnly := oneASecond(), false
	limits.Users = &devicesOnly
	s, err := b.open(ctx, limits)
	if err != nil {
		return verdict.Traffic{}, err
	}
	var events []verdict.Posted
	for i := range 10 {
		user := fmt.Sprintf("sharing-user-%d", i%2)
		events = append(events, b.corpus.identified(fmt.Sprintf("shared-event-%02d", i), noisy, user))
	}
	for i := range 6 {
		device, user := fmt.Sprintf("own-device-%d", i), fmt.Sprintf("sharing-user-%d", i%2)
		events = append(events, b.corpus.identified(device+"-event", device, user))
	}
	if err := s.post(ctx, events...); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, patience, control.Until{Refused: 1}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.untilLenient(ctx)
}

// restless is the user who is too fast.
const restless = "restless-user"

// restlessUser lets a user be too fast on several devices, none of which is, and
// then come from yet others.
func restlessUser(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, oneASecond())
	if err != nil {
		return verdict.Traffic{}, err
	}
	const first, all = 8, 11
	var events []verdict.Posted
	for i := range all {
		device := fmt.Sprintf("restless-device-%02d", i)
		events = append(events, b.corpus.identified(device+"-event", device, restless))
	}
	if err := s.post(ctx, events[:first]...); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, patience, control.Until{Refused: 1}); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.postLate(ctx, events[first:]...); err != nil {
		return verdict.Traffic{}, err
	}
	return s.untilLenient(ctx)
}

// rounds are the names of the devices of each round of herd.
var rounds = []string{"herd-1-", "herd-2-", "herd-3-"}

// herd lets many devices be too fast at once, and the service be lenient when they
// come back. If all come at once it tries again: a machine that is short of breath
// lets every exporter look like that.
func herd(ctx context.Context, b *bench) (verdict.Traffic, error) {
	var t verdict.Traffic
	s, err := b.open(ctx, nil)
	if err != nil {
		return t, err
	}
	for i, round := range rounds {
		if err := s.target.Control.SetLimits(ctx, s.key, *oneASecond()); err != nil {
			return t, err
		}
		var events []verdict.Posted
		for n := range 48 {
			events = append(events, b.corpus.anonymous(fmt.Sprintf("%s%02d-event", round, n), fmt.Sprintf("%s%02d", round, n/2)))
		}
		before, err := s.target.Control.Ledger(ctx, s.key)
		if err != nil {
			return t, err
		}
		refused := before.Requests - before.Statuses[http.StatusOK]
		if err := s.post(ctx, events...); err != nil {
			return t, err
		}
		if err := s.await(ctx, patience, control.Until{Refused: refused + 1}); err != nil {
			return t, err
		}
		if err := s.await(ctx, s.target.Timings.ThrottlePause/2, control.Until{Refused: refused + 6}); err != nil {
			return t, err
		}
		if err := s.target.Control.SetLimits(ctx, s.key, control.Limits{}); err != nil {
			return t, err
		}
		if err := s.await(ctx, patience+2*s.target.Timings.ThrottlePause, control.Until{Settled: s.due()}); err != nil {
			return t, err
		}
		if t, err = s.soFar(ctx); err != nil {
			return t, err
		}
		if verdict.Spread(t, rounds[:i+1]...).Status == verdict.Pass {
			break
		}
	}
	return s.finish(ctx)
}

// noise lets a device be too fast again and again, and posts events of others all
// the while, each at a time that is noted.
func noise(ctx context.Context, b *bench) (verdict.Traffic, error) {
	s, err := b.open(ctx, oneASecond())
	if err != nil {
		return verdict.Traffic{}, err
	}
	const (
		beats   = 12
		between = 150 * time.Millisecond
		loud    = 4
	)
	tick := time.NewTicker(between)
	defer tick.Stop()
	burst := b.corpus.burst(beats * loud)
	for i := range beats {
		now, err := b.target.Control.Clock(ctx)
		if err != nil {
			return verdict.Traffic{}, fmt.Errorf("read clock: %w", err)
		}
		quiet := b.corpus.crowd(fmt.Sprintf("beat-%02d", i), 3)
		for n := range quiet {
			quiet[n].At = now.Now
		}
		if err := s.post(ctx, append(burst[i*loud:(i+1)*loud:(i+1)*loud], quiet...)...); err != nil {
			return verdict.Traffic{}, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return verdict.Traffic{}, ctx.Err()
		}
	}
	return s.untilLenient(ctx)
}
