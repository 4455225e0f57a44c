package specs

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// Marks of the instants at which the service went down and came up again.
const (
	down = "down"
	up   = "up"
)

// unavailable lets requests be answered 503.
var unavailable = control.FaultAction{ServerError: &control.ServerErrorFault{Status: http.StatusServiceUnavailable}}

// internalError lets requests be answered 500, although their events were taken or not.
func internalError(taken float64) control.FaultAction {
	return control.FaultAction{ServerError: &control.ServerErrorFault{Status: http.StatusInternalServerError, Taken: &taken}}
}

// Scenarios of a service that fails for a while.
var (
	outage = &scenario{
		about: "The service answers 503 to everything for two and a half seconds. Ten events are posted as that begins.",
		play:  outageOf(unavailable, 2500*time.Millisecond),
	}
	// The body names no id, as one for the whole endpoint does.
	nameless429 = &scenario{
		about: "For a second the service answers 429 to everything, with JSON that names no device and no user. Ten events are posted as that begins.",
		play: outageOf(control.FaultAction{Status: &control.StatusFault{
			Status: http.StatusTooManyRequests, Body: `{"code":429,"error":"Too many requests"}`,
		}}, time.Second),
	}
	firewall = &scenario{
		about: "For a second everything is answered 403, with JSON that names no event, as a firewall in front of the service does. Ten events are posted as that begins.",
		play:  outageOf(control.FaultAction{WAF: &control.WAFFault{}}, time.Second),
	}
)

var retrySpecs = []spec{
	{"RETRY-001", &scenario{about: firstTwo("taken, and answered 500"), play: failFirst(internalError(1))}, verdict.Delivered},
	{"RETRY-002", &scenario{about: firstTwo("not taken, and answered 500"), play: failFirst(internalError(0))}, verdict.Delivered},
	{"RETRY-003", &scenario{about: firstTwo("not taken, and answered 503"), play: failFirst(unavailable)}, verdict.Delivered},
	{"RETRY-004", &scenario{about: firstTwo("not answered: the connection breaks"), play: failFirst(control.FaultAction{Reset: &control.ResetFault{}})}, verdict.Delivered},
	{"RETRY-005", outage, calm},
	{"RETRY-006", outage, verdict.Delivered},
	{"RETRY-007", outage, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Resumed(t, t.Marks[up], resumedWithin)
	}},
	{"RETRY-008", nameless429, calmAndDelivered},
	{"RETRY-009", firewall, calmAndDelivered},
}

const (
	// wasteRequests and the others are what an accepted event may cost while a device is
	// throttled, and while an event at fault is looked for.
	wasteRequests, throttledSends, searchedSends = 3, 4, 10
	// stormPerSecond is how many refused requests a second are no storm yet, after
	// verdict.FirstRefusals.
	stormPerSecond = 2
	// resumedWithin is how soon after an outage the first event arrives.
	resumedWithin = 10 * time.Second
)

// calm judges that an outage set off no storm of requests.
func calm(t verdict.Traffic) verdict.Verdict {
	return verdict.BoundedRetries(t, t.Marks[down], t.Marks[up], stormPerSecond)
}

func calmAndDelivered(t verdict.Traffic) verdict.Verdict {
	return verdict.All(calm(t), verdict.Delivered(t))
}

var throttledAgain = &scenario{play: throttledTwice, about: "The service takes one event a second of a device. A dozen events of one device are posted, which is throttled and throttled again when it comes back; " +
	"then one more. Half a pause later the service takes everything."}

var orderSpecs = []spec{
	{"ORDER-001", &scenario{play: failedBetween, about: "The first request is answered 503. Events of three devices are posted, and more of the same devices before those can have been sent again."}, func(t verdict.Traffic) verdict.Verdict {
		return verdict.All(verdict.Order(t, "steady-device-1"), verdict.Order(t, "steady-device-2"), verdict.Order(t, "steady-device-3"))
	}},
	{"ORDER-002", throttledAgain, orderOfThrottled},
	{"WASTE-001", throttledAgain, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Refused(t, noisy, verdict.Amplification(t, wasteRequests, throttledSends))
	}},
}

// firstTwo is what failFirst is about.
func firstTwo(what string) string {
	return "Ten events are posted. The first two requests are " + what + "."
}

// failFirst lets the first two requests fail.
func failFirst(do control.FaultAction) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		r.fault(ctx, control.FaultTarget{}, control.FaultWhen{First: 2}, do)
		r.post(ctx, r.events.onePerDevice("steady", 10)...)
		// Three requests, so that the repeats are seen and not only what was taken.
		r.await(ctx, deliveryTimeout, control.Until{Requests: 3, Settled: r.expectedAccepted()})
		return r.finish(ctx)
	}
}

// outageOf lets every request fail for a while, and watches for a storm.
func outageOf(do control.FaultAction, lasts time.Duration) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		r.fault(ctx, control.FaultTarget{}, control.FaultWhen{}, do)
		r.timestamp(ctx, down)
		r.post(ctx, r.events.onePerDevice("steady", 10)...)
		if r.input != "" { // it has yet to start
			r.await(ctx, deliveryTimeout, control.Until{Refused: 1})
		}
		const storm = 100
		r.await(ctx, lasts, control.Until{Refused: storm})
		return r.recovered(ctx)
	}
}

// recovered lets the service work again and waits for the rest.
func (r *run) recovered(ctx context.Context) (verdict.Traffic, error) {
	r.timestamp(ctx, up)
	r.clearFaults(ctx)
	r.awaitAccepted(ctx, 2*deliveryTimeout)
	return r.finish(ctx)
}

// failedBetween lets a request fail and posts more events of the same devices
// before it can have been sent again.
func failedBetween(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	r.fault(ctx, control.FaultTarget{}, control.FaultWhen{First: 1}, unavailable)
	for round := range 3 {
		var events []verdict.Posted
		for i := range 9 {
			device := fmt.Sprintf("steady-device-%d", i%3+1)
			events = append(events, r.events.anonymous(fmt.Sprintf("%s-round-%d-event-%d", device, round, i), device))
		}
		r.post(ctx, events...)
		r.await(ctx, deliveryTimeout, control.Until{Refused: 1})
	}
	r.awaitAccepted(ctx, deliveryTimeout)
	return r.finish(ctx)
}

// throttledTwice lets a device be refused, and once more when it returns.
func throttledTwice(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, oneASecond())
	const posted = 12
	burst := r.events.eventsOf(noisy, posted+1)
	r.post(ctx, burst[:posted]...)
	r.await(ctx, deliveryTimeout+2*r.target.Timings.ThrottlePause, control.Until{Refused: 2})
	r.postAfterRefusal(ctx, burst[posted:]...)
	return r.liftLimit(ctx)
}
