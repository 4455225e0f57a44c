package specs

import (
	"context"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

const (
	// allowed is the published limit of events per second and device.
	allowed = 30
	// burst is three seconds' worth of events of one device.
	burst = 3 * allowed
	// floor is the rate that a burst is delivered with at the least.
	floor = allowed / 2
	// soon is how soon events arrive that nothing holds, while another device is too fast.
	soon = time.Second
)

// Scenarios of the limit of a device.
var (
	paced = &scenario{play: pacing, about: fmt.Sprintf("%d events of one device and 20 of others are posted at once. "+
		"The service answers 429 to a request that brings the events of a device in a second of its clock above %d.", burst, allowed)}
	throttled = &scenario{play: throttling, about: "The service takes one event a second of a device. Events of one device and of ten others are posted; " +
		"once a 429 has named the device in throttled_devices, one more of its events. Half a pause later the service takes everything."}
)

var rateSpecs = []spec{
	{"RATE-001", paced, func(t verdict.Traffic) verdict.Verdict { return verdict.RateLimit(t, noisy, allowed) }},
	{"RATE-002", paced, verdict.Delivered},
	{"RATE-003", paced, func(t verdict.Traffic) verdict.Verdict { return verdict.NotDelayed(t, noisy, soon) }},
	{"RATE-004", throttled, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Pause(t, noisy, t.Subject.ThrottlePause)
	}},
	{"RATE-005", throttled, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Refused(t, noisy, verdict.Delivered(t))
	}},
	{"RATE-006", throttled, orderOfThrottled},
	{"RATE-007", throttled, neighborsOfThrottled},
	{"RATE-008", paced, func(t verdict.Traffic) verdict.Verdict { return verdict.RateFloor(t, noisy, floor) }},
	{"RATE-009", throttled, func(t verdict.Traffic) verdict.Verdict {
		return verdict.ReturnsWithin(t, noisy, backWithin(t.Subject.ThrottlePause))
	}},
	{"RATE-010", &scenario{play: sharedDevice, about: "The service takes one event a second of a device, and any number of a user. Ten events of two users on one device are posted, " +
		"and six of the same users on devices of their own. The 429 names the device alone."}, nothingLost(neighborsOfThrottled)},
	{"RATE-011", &scenario{play: fastUser, about: "The service takes one event a second of a user. Events of one user are posted, each on a device of its own; " +
		"once a 429 has named the user in throttled_users, three more on other devices. Half a pause later the service takes everything."}, nothingLost(func(t verdict.Traffic) verdict.Verdict {
		return verdict.Pause(t.ByUser(), fastUserID, t.Subject.ThrottlePause)
	})},
	{"RATE-012", &scenario{play: throttleTogether, about: fmt.Sprintf("The service takes one event a second of a device. Two events of each of 24 devices are posted at once, "+
		"so that one 429 names many devices; half a pause later the service takes everything. Up to %d times.", len(rounds))}, func(t verdict.Traffic) verdict.Verdict {
		return verdict.NotSynchronized(t, rounds...)
	}},
	{"RATE-013", &scenario{play: throttleRepeatedly, about: "The service takes one event a second of a device. A dozen times, 150 ms apart, four events of one device are posted, " +
		"which is throttled again and again, and with them one event of each of three other devices."}, nothingLost(func(t verdict.Traffic) verdict.Verdict {
		return verdict.BystanderDelay(t, noisy, soon)
	})},
	{"RATE-014", &scenario{play: throttleInTurn, long: true, about: "The service takes one event a second of a device. A device is throttled, " +
		"and after it one other after the next, for longer than the first may take to come back."}, nothingLost(func(t verdict.Traffic) verdict.Verdict {
		return verdict.OwnPause(t, noisy, backWithin(t.Subject.ThrottlePause))
	})},
}

// backMargin is what a throttled device may take besides two pauses.
const backMargin = 2 * time.Second

// backWithin is how soon after its refusal a throttled device is served again.
func backWithin(pause time.Duration) time.Duration {
	return 2*pause + backMargin
}

// orderOfThrottled judges the order of a device that was throttled.
func orderOfThrottled(t verdict.Traffic) verdict.Verdict {
	return verdict.Refused(t, noisy, verdict.Order(t, noisy))
}

// neighborsOfThrottled judges that only the device that was throttled waited.
func neighborsOfThrottled(t verdict.Traffic) verdict.Verdict {
	return verdict.BystandersServed(t, noisy, t.Subject.ThrottlePause)
}

// pacing posts three seconds' worth of events of one device, and then events of
// others, to a service that counts every second on its own.
func pacing(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, &control.Limits{Profile: "strict"})
	r.post(ctx, append(r.events.eventsOf(noisy, burst), r.events.onePerDevice("quiet", 20)...)...)
	r.awaitAccepted(ctx, 2*deliveryTimeout)
	return r.finish(ctx)
}

// throttling posts events of a device that the service lets have one event a
// second, and of others, until the device is refused; posts one more of the device;
// watches for half a pause whether it is tried again; and then lets the service be
// lenient, so that it does not matter how many events the exporter sends at once.
func throttling(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, oneASecond())
	const posted = 20
	events := r.events.eventsOf(noisy, posted+1)
	r.post(ctx, append(events[:posted:posted], r.events.onePerDevice("quiet", 10)...)...)
	r.await(ctx, deliveryTimeout, control.Until{Refused: 1})
	r.postAfterRefusal(ctx, events[posted:]...)
	return r.liftLimit(ctx)
}

// postAfterRefusal posts events when the exporter has had time to read an answer. There are
// none to come by an input that ends.
func (r *run) postAfterRefusal(ctx context.Context, events ...verdict.Posted) {
	if r.input != "" {
		return
	}
	const moment = 150 * time.Millisecond
	r.watch(ctx, moment)
	r.post(ctx, events...)
}

// oneASecond are limits of one event a second for each device and user.
func oneASecond() *control.Limits {
	one := 1
	return &control.Limits{Profile: "strict", EventsPerSecond: &one, BatchEventsPerSecond: &one}
}

// liftLimit watches for half a pause whether the exporter is hasty, lets the
// service be lenient, and waits for the rest.
func (r *run) liftLimit(ctx context.Context) (verdict.Traffic, error) {
	const hasty = 6
	r.await(ctx, r.target.Timings.ThrottlePause/2, control.Until{Refused: hasty})
	r.setLimits(ctx, control.Limits{})
	r.awaitAccepted(ctx, deliveryTimeout+2*r.target.Timings.ThrottlePause)
	return r.finish(ctx)
}

// sharedDevice lets a device of two users be too fast, while the users also use
// devices of their own.
func sharedDevice(ctx context.Context, r *run) (verdict.Traffic, error) {
	limits, devicesOnly := oneASecond(), false
	limits.Users = &devicesOnly
	r.open(ctx, limits)
	var events []verdict.Posted
	for i := range 10 {
		user := fmt.Sprintf("sharing-user-%d", i%2)
		events = append(events, r.events.identified(fmt.Sprintf("shared-event-%02d", i), noisy, user))
	}
	for i := range 6 {
		device, user := fmt.Sprintf("own-device-%d", i), fmt.Sprintf("sharing-user-%d", i%2)
		events = append(events, r.events.identified(device+"-event", device, user))
	}
	r.post(ctx, events...)
	r.await(ctx, deliveryTimeout, control.Until{Refused: 1})
	return r.liftLimit(ctx)
}

// fastUserID is the user who is too fast.
const fastUserID = "fast-user"

// fastUser lets a user be too fast on several devices, none of which is, and
// then come from yet others.
func fastUser(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, oneASecond())
	const first, all = 8, 11
	var events []verdict.Posted
	for i := range all {
		device := fmt.Sprintf("fast-device-%02d", i)
		events = append(events, r.events.identified(device+"-event", device, fastUserID))
	}
	r.post(ctx, events[:first]...)
	r.await(ctx, deliveryTimeout, control.Until{Refused: 1})
	r.postAfterRefusal(ctx, events[first:]...)
	return r.liftLimit(ctx)
}

// rounds are the names of the devices of each round of throttleTogether.
var rounds = []string{"throttleTogether-1-", "throttleTogether-2-", "throttleTogether-3-"}

// throttleTogether lets many devices be too fast at once, and the service be lenient when they
// come back. Retries if all come at once: on an overloaded machine
// every exporter looks synchronized.
func throttleTogether(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	for i, round := range rounds {
		r.setLimits(ctx, *oneASecond())
		var events []verdict.Posted
		for n := range 48 {
			events = append(events, r.events.anonymous(fmt.Sprintf("%s%02d-event", round, n), fmt.Sprintf("%s%02d", round, n/2)))
		}
		refused := r.refused(ctx)
		r.post(ctx, events...)
		r.await(ctx, deliveryTimeout, control.Until{Refused: refused + 1})
		r.await(ctx, r.target.Timings.ThrottlePause/2, control.Until{Refused: refused + 6})
		r.setLimits(ctx, control.Limits{})
		r.awaitAccepted(ctx, deliveryTimeout+2*r.target.Timings.ThrottlePause)
		t, err := r.snapshot(ctx)
		if err != nil || verdict.NotSynchronized(t, rounds[:i+1]...).Outcome == verdict.Pass {
			break
		}
	}
	return r.finish(ctx)
}

// throttleRepeatedly lets a device be too fast again and again, and posts events of others
// all the while, each at a time that is noted.
func throttleRepeatedly(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, oneASecond())
	const (
		beats   = 12
		between = 150 * time.Millisecond
		loud    = 4
	)
	events := r.events.eventsOf(noisy, beats*loud)
	for i := range beats {
		now := r.now(ctx)
		quiet := r.events.onePerDevice(fmt.Sprintf("beat-%02d", i), 3)
		for n := range quiet {
			quiet[n].At = now
		}
		r.post(ctx, append(events[i*loud:(i+1)*loud:(i+1)*loud], quiet...)...)
		r.watch(ctx, between)
	}
	return r.liftLimit(ctx)
}

// throttleInTurn lets a device be too fast, and then one other after the other, for longer
// than the first may take to come back.
func throttleInTurn(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, oneASecond())
	r.post(ctx, r.events.eventsOf(noisy, 8)...)
	r.await(ctx, deliveryTimeout, control.Until{Refused: 1})
	const between = 400 * time.Millisecond
	for i := range int((backWithin(r.target.Timings.ThrottlePause)+time.Second)/between) + 1 {
		r.post(ctx, r.events.eventsOf(fmt.Sprintf("turn-%02d-device", i), 4)...)
		r.watch(ctx, between)
	}
	return r.liftLimit(ctx)
}
