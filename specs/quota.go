package specs

import (
	"context"
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// freed is the mark of the instant at which the quota was freed.
const freed = "quota freed"

// quota are the specs of the daily quota of a device.
func (b *bench) quota() {
	pause := b.target.Timings.QuotaPause
	Describe("daily quota", func() {
		held := b.record(overQuota)
		b.owns("QUOTA-001", held, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Neighbors(t, noisy, min(pause, promptly))
		})
		b.owns("QUOTA-002", held, verdict.Delivered)
		b.owns("QUOTA-003", held, func(t verdict.Traffic) verdict.Verdict { return verdict.Pause(t, noisy, pause) })
		b.owns("QUOTA-004", held, func(t verdict.Traffic) verdict.Verdict {
			return verdict.Resumed(t.Only(func(p verdict.Posted) bool { return p.Device == noisy }), t.Marks[freed], 2*pause+patienceAfterPause)
		})
	})
}

// promptly is how soon events arrive that nothing holds.
const promptly = 30 * time.Second

// longestPause is the longest quota pause the suite waits for.
const longestPause = 2 * time.Minute

// patienceAfterPause is what an exporter may take to get going when a pause is over.
const patienceAfterPause = 5 * time.Second

// overQuota posts more events of one device than its quota has, and events of
// others; watches for three refusals, if they come; and then lifts the quota, as
// the passing of a day would.
func overQuota(ctx context.Context, b *bench) (verdict.Traffic, error) {
	pause := b.target.Timings.QuotaPause
	if pause > longestPause {
		return verdict.Traffic{}, untestable{fmt.Errorf("a quota pause of %s takes too long: compress it, and tell so as timings.quota_pause", pause)}
	}
	quota, off := 10, 0
	s, err := b.open(ctx, &control.Limits{DailyQuota: &quota})
	if err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.post(ctx, append(b.corpus.burst(30), b.corpus.crowd("quiet", 10)...)...); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, 2*pause+patienceAfterPause, control.Until{Refused: 3}); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.mark(ctx, freed); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.target.Control.SetLimits(ctx, s.key, control.Limits{DailyQuota: &off}); err != nil {
		return verdict.Traffic{}, err
	}
	if err := s.await(ctx, 2*pause+patienceAfterPause, control.Until{Settled: s.due()}); err != nil {
		return verdict.Traffic{}, err
	}
	return s.finish(ctx)
}
