package delivery

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
)

// owner drives a Scheduler as its owner may, and keeps by itself what the Scheduler should
// know.
type owner struct {
	t   *rapid.T
	s   *Scheduler
	now time.Duration

	added     int
	uploads   []Batch
	accepted  []arrival
	taken     []*Event // removed or evicted, and not added again
	suspended map[LaneID]bool
}

// ids are few, so that they meet. The empty one is limited too where a device is missing.
var ids = rapid.SampledFrom([]string{"", "a", "b", "c"})

func (o *owner) at() time.Time { return start.Add(o.now) }

func (o *owner) add() {
	for range rapid.IntRange(1, 4).Draw(o.t, "events") {
		o.added++
		o.s.Add(o.at(), &Event{
			DeviceID: ids.Draw(o.t, "device"), UserID: ids.Draw(o.t, "user"), Wire: fmt.Appendf(nil, "%d", o.added), Owner: o.added,
		})
	}
}

// addAgain returns what was taken away, as it was in order.
func (o *owner) addAgain() {
	taken := o.taken
	o.taken = nil
	for _, e := range taken {
		o.s.Add(o.at(), &Event{DeviceID: e.DeviceID, UserID: e.UserID, Wire: e.Wire, Owner: e.Owner, Returned: true})
	}
}

func (o *owner) next() {
	if b, ok := o.s.Next(o.at()); ok {
		o.uploads = append(o.uploads, b)
	}
}

// answer answers one upload in one of many ways.
func (o *owner) answer() {
	if len(o.uploads) == 0 {
		return
	}
	i := rapid.IntRange(0, len(o.uploads)-1).Draw(o.t, "upload")
	b := o.uploads[i]
	o.uploads = slices.Delete(o.uploads, i, i+1)
	named := rapid.IntRange(0, len(b.Events)-1).Draw(o.t, "named")
	device, user := []string{ids.Draw(o.t, "named device")}, []string{ids.Draw(o.t, "named user")}
	a := rapid.SampledFrom([]amplitude.Answer{
		{Status: 200},
		{Status: 200},
		{Status: 400, InvalidField: []int{named}},
		{Status: 400},
		{Status: 413},
		{Status: 429, ThrottledEvents: []int{named}},
		{Status: 429, ThrottledDevices: device, ThrottledUsers: user},
		{Status: 429, QuotaDevices: device},
		{Status: 429, QuotaUsers: user},
		{Status: 503},
	}).Draw(o.t, "answer")
	o.reply(b, a)
}

func (o *owner) reply(b Batch, a amplitude.Answer) {
	if a.Status == 200 {
		for _, e := range b.Events {
			o.accepted = append(o.accepted, arrival{o.now, e})
		}
	}
	o.s.Answer(o.at(), b.ID, a)
	o.s.Settled()
	o.s.Throttles()
}

func (o *owner) remove() {
	n := rapid.IntRange(1, 3).Draw(o.t, "one in")
	o.taken = append(o.taken, o.s.Remove(o.at(), func(e *Event) bool { return e.Owner.(int)%n == 0 })...)
}

func (o *owner) evict() {
	if rapid.Bool().Draw(o.t, "slow lanes too") {
		o.s.MarkSlowLanes(o.at())
	}
	at := o.at().Add(-rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(o.t, "back"))
	for _, lane := range o.s.Evict(at) {
		// Or it would come back at once, to be evicted again.
		if !lane.Until.After(at) && (!lane.Until.IsZero() || lane.Events[0].Returned) {
			o.t.Fatalf("a lane is evicted until %v, at %v", lane.Until, at)
		}
		o.taken = append(o.taken, lane.Events...)
	}
}

func (o *owner) suspendOrResume() {
	id := LaneID{User: rapid.Bool().Draw(o.t, "a user"), ID: ids.Draw(o.t, "id")}
	if o.suspended[id] {
		delete(o.suspended, id)
		o.s.Resume(o.at(), id)
	} else {
		o.suspended[id] = true
		o.s.Suspend(o.at(), id)
	}
}

func (o *owner) wait() {
	o.now += rapid.SampledFrom([]time.Duration{
		time.Millisecond, window / 2, window, 31 * time.Second, 2 * time.Hour,
	}).Draw(o.t, "for")
	o.s.advance(o.at())
}

// finish resumes everything and lets time pass until nothing is left.
func (o *owner) finish() {
	for id := range o.suspended {
		o.s.Resume(o.at(), id)
	}
	clear(o.suspended)
	for range 10_000 {
		o.next()
		if len(o.uploads) > 0 {
			b := o.uploads[0]
			o.uploads = o.uploads[1:]
			o.reply(b, amplitude.Answer{Status: 200})
			continue
		}
		wake, ok := o.s.Wake()
		if !ok {
			break
		}
		o.now = max(o.now, wake.Sub(start))
	}
	if o.s.Len() > 0 {
		o.t.Fatalf("%d events are stuck at %v", o.s.Len(), o.now)
	}
	o.now += 48 * time.Hour
	o.s.advance(o.at())
	if n := remembered(o.s); n > 0 || o.s.Throttled() != 0 {
		o.t.Fatalf("%d ids are remembered and %d throttled in the end", n, o.s.Throttled())
	}
}

// Whatever the owner does, the slots of an id in use are its events in batches and those
// accepted less than a window ago, nothing that holds an id back is forgotten, and no lane
// waits in vain.
func TestScheduler_slots(t *testing.T) {
	run(t, func(t *rapid.T) {
		o := &owner{t: t, suspended: map[LaneID]bool{}, s: newScheduler(Config{
			PerSecond: rapid.IntRange(1, 3).Draw(t, "per second"),
			MaxEvents: rapid.SampledFrom([]int{2, 1000}).Draw(t, "events in a batch"),
			LaneMax:   rapid.SampledFrom([]int{0, 3}).Draw(t, "events in a lane"),
		})}
		t.Repeat(map[string]func(*rapid.T){
			"add":       func(*rapid.T) { o.add() },
			"add again": func(*rapid.T) { o.addAgain() },
			"next":      func(*rapid.T) { o.next() },
			"answer":    func(*rapid.T) { o.answer() },
			"remove":    func(*rapid.T) { o.remove() },
			"evict":     func(*rapid.T) { o.evict() },
			"suspend":   func(*rapid.T) { o.suspendOrResume() },
			"wait":      func(*rapid.T) { o.wait() },
			"":          func(*rapid.T) { o.check() },
		})
		o.finish()
		o.check()
	})
}
