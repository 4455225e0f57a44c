package specs

import (
	"context"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

const kb = 1 << 10

// piledUp is an outage in which more events come than one request can carry.
var piledUp = &scenario{
	about: fmt.Sprintf("The service answers 503. %d small events are posted, and then it takes everything.", manySmall),
	play:  pileUp(manySmall, 0),
}

const (
	// manySmall events are more than one request may carry, manyLarge larger than one may be.
	manySmall, manyLarge = 2060, 80
	// largeEvent is the size of an event of which many are posted.
	largeEvent = 20_000
	// fillingPosts are enough for every bound on memory that a test can reach.
	fillingPosts = 16
	// deliverable is the size of an event that must be delivered, and oversized of one that must not.
	deliverable, oversized = 700 * kb, 960 * kb
)

var backlogSpecs = []spec{
	{"BACK-001", piledUp, verdict.TakenNotLost},
	{"BACK-002", &scenario{play: fill, about: fmt.Sprintf("The service answers 503. Events of %d bytes are posted until a post is not answered 2xx, %d at the most. Then the service takes everything.", largeEvent, fillingPosts*postSize)}, verdict.BackpressureAnswered},
	// By their number only: of a request that is too large it is not seen how many.
	{"LIMIT-001", piledUp, verdict.RequestEvents},
	{"LIMIT-002", &scenario{play: pileUp(0, manyLarge), about: fmt.Sprintf("The service answers 503. %d events of %d bytes each are posted, and then it takes everything.", manyLarge, largeEvent)}, nothingLost(verdict.RequestBytes)},
	{"LIMIT-003", &scenario{play: ofSize(deliverable, true), about: fmt.Sprintf("A custom event of about %d bytes, nearly all of it custom properties, is posted with four others.", deliverable)}, verdict.Delivered},
	{"LIMIT-004", &scenario{play: ofSize(oversized, false), about: fmt.Sprintf("A custom event of about %d bytes, nearly all of it custom properties, is posted with four others. "+
		"Sizes between %d and that are not judged, so it makes no difference whether a KB is 1000 bytes or 1024, or whether the posted event or the sent one counts.", oversized, deliverable)}, droppedAlone},
}

// pileUp posts more than one request can carry while the service is down: small
// events, and others of 20 KB.
func pileUp(small, large int) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		r.fault(ctx, control.FaultTarget{}, control.FaultWhen{}, unavailable)
		events := r.events.minimalOnePerDevice("piled", small)
		for i := range large {
			device := fmt.Sprintf("heavy-device-%02d", i)
			events = append(events, r.events.large(device+"-event", device, largeEvent))
		}
		r.post(ctx, events...)
		// All of it is there when the service comes up again.
		r.await(ctx, time.Second, control.Until{Refused: 50})
		return r.recovered(ctx)
	}
}

// fill posts large events while the service is down, until a post is turned away or an exporter
// with a bound that a test can reach would have turned one away.
func fill(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	if r.input != "" {
		return verdict.Traffic{}, r.postsOnly()
	}
	r.fault(ctx, control.FaultTarget{}, control.FaultWhen{}, unavailable)
	taken := true
	for n := 0; n < fillingPosts && taken && r.err == nil; n++ {
		var events []verdict.Posted
		for i := range postSize {
			device := fmt.Sprintf("filling-device-%02d-%02d", n, i)
			events = append(events, r.events.large(device+"-event", device, largeEvent))
		}
		status := r.postOnce(ctx, bodyOf(currents(events)))
		taken = status/100 == 2
		for _, p := range events {
			p.Taken, p.Status = taken, status
			r.posted = append(r.posted, p)
		}
	}
	return r.recovered(ctx)
}

// ofSize posts an event of about that size among others; sent reports whether it is
// to be delivered.
func ofSize(size int, sent bool) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		large := r.events.large("long-story-event", "long-story-device", size)
		if !sent {
			large.Want, large.Dropped = nil, "too_large"
		}
		return r.deliverAmong(ctx, r.events.onePerDevice("short-story", 4), large)
	}
}
