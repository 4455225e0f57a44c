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
	outage = &scenario{play: outageOf(unavailable, 2500*time.Millisecond)}
	// The body names no id, as one for the whole endpoint does.
	nameless429 = &scenario{play: outageOf(control.FaultAction{Status: &control.StatusFault{
		Status: http.StatusTooManyRequests, Body: `{"code":429,"error":"Too many requests"}`,
	}}, time.Second)}
	firewall = &scenario{play: outageOf(control.FaultAction{WAF: &control.WAFFault{}}, time.Second)}
)

var retrySpecs = []spec{
	{"RETRY-001", &scenario{play: failFirst(internalError(1))}, verdict.Delivered},
	{"RETRY-002", &scenario{play: failFirst(internalError(0))}, verdict.Delivered},
	{"RETRY-003", &scenario{play: failFirst(unavailable)}, verdict.Delivered},
	{"RETRY-004", &scenario{play: failFirst(control.FaultAction{Reset: &control.ResetFault{}})}, verdict.Delivered},
	{"RETRY-005", outage, calm},
	{"RETRY-006", outage, verdict.Delivered},
	{"RETRY-007", outage, func(t verdict.Traffic) verdict.Verdict {
		const promptness = 10 * time.Second
		return verdict.Resumed(t, t.Marks[up], promptness)
	}},
	{"RETRY-008", nameless429, calmAndDelivered},
	{"RETRY-009", firewall, calmAndDelivered},
}

// calm judges that an outage set off no storm of requests.
func calm(t verdict.Traffic) verdict.Verdict {
	const perSecond = 2
	return verdict.BoundedRetries(t, t.Marks[down], t.Marks[up], perSecond)
}

func calmAndDelivered(t verdict.Traffic) verdict.Verdict {
	return verdict.All(calm(t), verdict.Delivered(t))
}

var throttledAgain = &scenario{play: throttledTwice}

var orderSpecs = []spec{
	{"ORDER-001", &scenario{play: failedBetween}, func(t verdict.Traffic) verdict.Verdict {
		return verdict.All(verdict.Order(t, "steady-device-1"), verdict.Order(t, "steady-device-2"), verdict.Order(t, "steady-device-3"))
	}},
	{"ORDER-002", throttledAgain, orderOfThrottled},
	{"WASTE-001", throttledAgain, func(t verdict.Traffic) verdict.Verdict {
		const requests, sends = 3, 4
		return verdict.Refused(t, noisy, verdict.Amplification(t, requests, sends))
	}},
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
