package specs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// poisonous is the device whose events the service never takes, poisonousLater one
// whose events it no longer takes after a while.
const (
	poisonous      = "poisonous-device"
	poisonousLater = "later-poisonous-device"
)

// answeredNameless and answeredTooLarge refuse every request with an event of one device.
var (
	namedByRefusal = &scenario{
		about: "28 events are posted and, among them, two of a device that the service has silenced: it answers 400 to a request with these, and silenced_events has their indexes.",
		play:  silenced,
	}
	answeredNameless = &scenario{
		about: "29 events are posted and, among them, one at fault: every request with it is answered 400 with JSON that names no event.",
		play:  answeredFor(http.StatusBadRequest, `{"code":400,"error":"Invalid event JSON"}`),
	}
	answeredTooLarge = &scenario{
		about: "29 events are posted and, among them, one at fault: every request with it is answered 413 with JSON, however small it is.",
		play:  answeredFor(http.StatusRequestEntityTooLarge, `{"code":413,"error":"Payload too large"}`),
	}
)

var refusedSpecs = []spec{
	{"PART-001", namedByRefusal, verdict.Delivered},
	{"PART-002", namedByRefusal, func(t verdict.Traffic) verdict.Verdict {
		return verdict.BoundedAttempts(t, mostNamed)
	}},
	{"PART-003", &scenario{play: severalKinds, about: "28 events are posted and, among them, one of each of two devices that the service has silenced, the second after the first refusal: each 400 names one of the two alone."}, verdict.Delivered},
	{"PART-004", answeredNameless, verdict.Delivered},
	{"PART-005", answeredNameless, foundAndGivenUp},
	{"PART-006", answeredTooLarge, verdict.Delivered},
	{"PART-007", answeredTooLarge, foundAndGivenUp},
	{"WASTE-002", answeredNameless, func(t verdict.Traffic) verdict.Verdict {
		return verdict.Amplification(t, wasteRequests, searchedSends)
	}},
}

const (
	// mostNamed is how often an event may be sent that a refusal names.
	mostNamed = 6
	// mostSearched is how often one may be sent that has to be searched for. A request of 30
	// events that is halved until that event is alone is sent six times; an exporter may
	// have reasons for more.
	mostSearched = 20
)

// foundAndGivenUp judges the search for an event at fault.
func foundAndGivenUp(t verdict.Traffic) verdict.Verdict {
	return verdict.BoundedAttempts(t, mostSearched)
}

var duplicateSpecs = []spec{
	{"DUP-001", namedByRefusal, verdict.NoResend},
	{"DUP-002", &scenario{play: postedTwice, about: "Eight events are posted, and the same again, as Braze does when it missed the answer."}, verdict.Delivered},
}

// withPoison posts events of which some are never taken, in one post.
func (r *run) withPoison(ctx context.Context, poison ...verdict.Posted) (verdict.Traffic, error) {
	events := r.events.onePerDevice("healthy", 30-len(poison))
	for i, p := range poison {
		events = slices.Insert(events, (i+1)*len(events)/(len(poison)+1), rejected(p))
	}
	return r.deliver(ctx, events)
}

// silenced posts events of a device that the service has silenced, among others: it
// names them in its answer.
func silenced(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	r.silence(ctx, poisonous)
	return r.withPoison(ctx, r.events.anonymous("silenced-event-1", poisonous), r.events.anonymous("silenced-event-2", poisonous))
}

// severalKinds posts events of two devices of which one is silenced at first, and the
// other by the time at which the first refusal is answered: each answer names the
// events of one of them.
func severalKinds(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	r.silence(ctx, poisonous)
	late := control.FaultAction{Latency: &control.LatencyFault{Delay: control.Seconds(1)}}
	r.fault(ctx, control.FaultTarget{DeviceID: poisonous}, control.FaultWhen{First: 1}, late)
	watch, stop := context.WithCancel(ctx)
	silenced := make(chan error, 1)
	go func() {
		_, err := r.target.Control.Await(watch, r.key, control.Until{Refused: 1})
		if err == nil {
			err = r.target.Control.SilenceDevices(watch, r.key, poisonous, poisonousLater)
		}
		silenced <- err
	}()
	t, err := r.withPoison(ctx, r.events.anonymous("silenced-event", poisonous), r.events.anonymous("later-silenced-event", poisonousLater))
	stop() // an exporter that sends nothing is never refused
	if late := <-silenced; late != nil && !errors.Is(late, context.Canceled) {
		err = errors.Join(err, fmt.Errorf("silence another device: %w", late))
	}
	return t, err
}

// answeredFor lets every request with an event of one device be answered so.
func answeredFor(status int, body string) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		r.fault(ctx, control.FaultTarget{DeviceID: poisonous}, control.FaultWhen{},
			control.FaultAction{Status: &control.StatusFault{Status: status, Body: body}})
		return r.withPoison(ctx, r.events.anonymous("poisonous-event", poisonous))
	}
}

// postedTwice posts the same events twice, as Braze does when it missed the answer.
func postedTwice(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	events := r.events.onePerDevice("repeated", 8)
	return r.deliver(ctx, events, events)
}
