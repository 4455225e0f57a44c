package specs

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// freed is the mark of the instant at which the quota was freed.
const freed = "quota freed"

var overDailyQuota = &scenario{play: overQuota, about: "The service takes 10 events a day of a device. 30 events of one device and 10 of others are posted; " +
	"requests with the device above its quota are answered 429, which names it in exceeded_daily_quota_devices. After three refusals, or two pauses, the quota is lifted."}

var quotaSpecs = []spec{
	{"QUOTA-001", overDailyQuota, func(t verdict.Traffic) verdict.Verdict {
		return verdict.BystandersServed(t, noisy, min(t.Subject.QuotaPause, promptly))
	}},
	{"QUOTA-002", overDailyQuota, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Refused(t, noisy, verdict.Delivered(t))
	}},
	{"QUOTA-003", overDailyQuota, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Pause(t, noisy, t.Subject.QuotaPause)
	}},
	{"QUOTA-004", overDailyQuota, func(t verdict.Traffic) verdict.Verdict {
		own := t.Only(func(p verdict.Posted) bool { return p.Device == noisy })
		return verdict.Resumed(own, t.Marks[freed], 2*t.Subject.QuotaPause+resumeMargin)
	}},
}

// promptly is how soon events arrive that nothing holds.
const promptly = 30 * time.Second

// longestPause is the longest quota pause the suite waits for.
const longestPause = 2 * time.Minute

// resumeMargin is what an exporter may take to get going when a pause is over.
const resumeMargin = 5 * time.Second

// overQuota posts more events of one device than its quota has, and events of
// others; watches for three refusals, if they come; and then lifts the quota, as
// the passing of a day would.
func overQuota(ctx context.Context, r *run) (verdict.Traffic, error) {
	pause := r.target.Timings.QuotaPause
	if pause > longestPause {
		return verdict.Traffic{}, verdict.Failuref(verdict.Untestable, "a quota pause of %s takes too long: compress it, and tell so as timings.quota_pause", pause)
	}
	quota, off := 10, 0
	r.open(ctx, &control.Limits{DailyQuota: &quota})
	r.post(ctx, append(r.events.eventsOf(noisy, 30), r.events.onePerDevice("quiet", 10)...)...)
	r.await(ctx, 2*pause+resumeMargin, control.Until{Refused: 3})
	r.timestamp(ctx, freed)
	r.setLimits(ctx, control.Limits{DailyQuota: &off})
	r.awaitAccepted(ctx, 2*pause+resumeMargin)
	return r.finish(ctx)
}
