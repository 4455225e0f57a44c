package specs

import (
	"context"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// Marks of the instants at which the key stopped working and worked again.
const (
	expired = "key expired"
	renewed = "key renewed"
)

// during begins the names of the devices whose events come while the key is refused.
const during = "during"

// Scenarios of a key that is refused.
var (
	keyExpires = &scenario{play: keyExpiry, about: "Five events are posted and delivered. The service then answers 400 with \"Invalid API key\" to everything, ten more events are posted, " +
		"and two seconds after the first refusal it takes the key again."}
	graceOutlived = &scenario{play: outlastGrace, long: true, about: "The service answers 400 with \"Invalid API key\" to everything, and eight events are posted. " +
		"When credential_grace is over, and the key was refused once more, it takes the key again, and eight newer events are posted. " +
		"Whether the grace counts from the post or from the first refusal makes no difference."}
)

var keySpecs = []spec{
	{"KEY-001", keyExpires, nothingLost(func(t verdict.Traffic) verdict.Verdict {
		return verdict.TakenNotLost(t.Only(func(p verdict.Posted) bool { return strings.HasPrefix(p.Device, during) }))
	})},
	{"KEY-002", keyExpires, func(t verdict.Traffic) verdict.Verdict {
		return verdict.BoundedRetries(t, t.Marks[expired], t.Marks[renewed], stormPerSecond)
	}},
	{"KEY-003", keyExpires, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Resumed(t, t.Marks[renewed], 2*t.Subject.KeyProbe+resumeMargin)
	}},
	{"KEY-004", keyExpires, verdict.KeySecret},
	{"KEY-005", graceOutlived, func(t verdict.Traffic) verdict.Verdict {
		return verdict.NeverAccepted(t.Only(func(p verdict.Posted) bool { return p.Poison }))
	}},
	{"KEY-006", graceOutlived, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Delivered(t.Only(func(p verdict.Posted) bool { return !p.Poison }))
	}},
}

// keyExpiry posts events before and after the key expires, watches for a storm of
// requests, and renews the key.
func keyExpiry(ctx context.Context, r *run) (verdict.Traffic, error) {
	const (
		// watch is for how long a storm is watched for, storm the number of
		// refusals that ends the watch.
		watch = 2 * time.Second
		storm = 100
	)
	r.open(ctx, nil)
	r.post(ctx, r.events.onePerDevice("before", 5)...)
	r.awaitAccepted(ctx, deliveryTimeout/2)
	r.timestamp(ctx, expired)
	r.expireKey(ctx)
	r.post(ctx, r.events.onePerDevice(during, 10)...)
	r.await(ctx, deliveryTimeout/2, control.Until{Refused: 1})
	r.await(ctx, watch, control.Until{Refused: storm})
	r.timestamp(ctx, renewed)
	r.renewKey(ctx)
	r.awaitAccepted(ctx, 2*r.target.Timings.KeyProbe+resumeMargin)
	return r.finish(ctx)
}

// longestGrace is the longest grace the suite waits for.
const longestGrace = 30 * time.Second

// outlastGrace posts events while the key is refused, waits until their grace is over and
// the key has been refused once more, renews the key, and posts newer events.
func outlastGrace(ctx context.Context, r *run) (verdict.Traffic, error) {
	grace := r.target.Timings.Grace
	if grace > longestGrace {
		return verdict.Traffic{}, verdict.Failuref(verdict.Untestable, "a grace of %s takes too long: compress it, and tell so as timings.credential_grace", grace)
	}
	r.open(ctx, nil)
	r.expireKey(ctx)
	stale := r.events.onePerDevice("stale", 8)
	for i := range stale {
		stale[i] = rejected(stale[i])
	}
	r.post(ctx, stale...)
	r.watch(ctx, grace)
	soFar, err := r.snapshot(ctx)
	if err != nil {
		return soFar, err
	}
	// One that tries the key as its grace ends and then drops the events has nothing to try it with again.
	if n := len(soFar.Requests); n == 0 || soFar.Requests[n-1].At.Sub(soFar.Requests[0].At) < grace {
		r.await(ctx, grace+2*r.target.Timings.KeyProbe, control.Until{Refused: uint64(n) + 1})
	}
	r.watch(ctx, resumeMargin/10) // until the exporter has read the answer
	r.renewKey(ctx)
	r.post(ctx, r.events.onePerDevice("fresh", 8)...)
	r.awaitAccepted(ctx, 2*r.target.Timings.KeyProbe+resumeMargin)
	return r.finish(ctx)
}
