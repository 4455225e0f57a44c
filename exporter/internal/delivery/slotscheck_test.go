package delivery

import (
	"maps"
)

// limited are the ids that an event counts for.
func limited(e *Event) (all []LaneID) {
	if e.DeviceID != "" {
		all = append(all, LaneID{ID: e.DeviceID})
	}
	if e.UserID != "" || e.DeviceID == "" {
		all = append(all, LaneID{User: true, ID: e.UserID})
	}
	return all
}

// check compares the Scheduler with what its owner did.
func (o *owner) check() {
	o.checkSlots()
	o.checkBlocked()
	o.checkLanes()
	o.checkEvictions()
	if wake, ok := o.s.Wake(); ok && !wake.After(o.s.given) {
		o.t.Fatalf("the time to wake is %v at %v", wake, o.s.given)
	}
}

// batched are the events in batches.
func (o *owner) batched() (all []*Event) {
	add := func(b *batch) {
		for ; b != nil; b = b.continuation {
			all = append(all, b.events...)
		}
	}
	for _, b := range o.s.uploads {
		add(b)
	}
	for _, b := range o.s.retries.all() {
		add(b)
	}
	for _, timer := range o.s.timers {
		add(timer.batch)
	}
	return all
}

func (o *owner) checkSlots() {
	want, got := map[LaneID]int{}, map[LaneID]int{}
	count := func(e *Event) {
		for _, id := range limited(e) {
			want[id]++
		}
	}
	for _, e := range o.batched() {
		count(e)
	}
	for _, a := range o.accepted {
		if o.now < a.at+window {
			count(a.event)
		}
	}
	for _, of := range []*limiters{&o.s.devices, &o.s.users} {
		for id, l := range of.byID {
			if of.recent[id] > 0 {
				o.t.Fatalf("id %q has a limiter and a count", id)
			}
			if l.used > 0 {
				got[LaneID{of.ofUsers, id}] = int(l.used)
			}
		}
		for id, n := range of.recent {
			got[LaneID{of.ofUsers, id}] = int(n)
		}
	}
	if !maps.Equal(got, want) {
		o.t.Fatalf("slots in use at %v: %v, want %v", o.now, got, want)
	}
}

func (o *owner) checkBlocked() {
	suspended, throttled := map[LaneID]bool{}, 0
	for _, of := range []*limiters{&o.s.devices, &o.s.users} {
		for id, l := range of.byID {
			if l.suspended {
				suspended[LaneID{of.ofUsers, id}] = true
			}
			if l.isThrottled(o.s.now) {
				throttled++
			}
		}
	}
	if !maps.Equal(suspended, o.suspended) || throttled != o.s.Throttled() {
		o.t.Fatalf("suspended %v, want %v; %d throttled, want %d", suspended, o.suspended, throttled, o.s.Throttled())
	}
}

// checkLanes checks that every lane with events can send, is being sent, or waits for a
// limiter that wakes it.
func (o *owner) checkLanes() {
	lanes := map[*lane]bool{} // that will go on
	events := len(o.batched())
	for _, e := range o.batched() {
		lanes[e.lane()] = true
	}
	next := map[*limiter]bool{} // of the events that are sent next
	for _, l := range o.s.ready.all() {
		lanes[l] = true
		if l.head != nil {
			next[l.head.device], next[l.head.user] = true, true
		}
	}
	for _, of := range []*limiters{&o.s.devices, &o.s.users} {
		for id, p := range of.byID {
			for l := p.firstWaiter; l != nil; l = l.behind {
				lanes[l] = true
				if l.head == nil || l.head.device != p && l.head.user != p {
					o.t.Fatalf("a lane waits for %q (user: %t), of which its next event is not", id, of.ofUsers)
				}
			}
			// A slot in use wakes the next when it is released.
			if p.firstWaiter != nil && p.used == 0 && !p.isBlocked(o.s.now) && !next[p] {
				o.t.Fatalf("lanes wait for %q (user: %t), which blocks none", id, of.ofUsers)
			}
		}
	}
	for _, of := range []*limiters{&o.s.devices, &o.s.users} {
		for id, p := range of.byID {
			events += int(p.lane.queued)
			if p.lane.head != nil && !lanes[&p.lane] {
				o.t.Fatalf("lane %q (user: %t) is stuck in state %d", id, of.ofUsers, p.lane.state)
			}
		}
	}
	if events != o.s.Len() {
		o.t.Fatalf("%d events in batches and lanes, want %d", events, o.s.Len())
	}
}

// checkEvictions checks that the lanes that are marked are those that Evict looks at. Others
// would not be marked again.
func (o *owner) checkEvictions() {
	listed := map[*lane]bool{}
	for _, l := range o.s.evictions {
		if listed[l] || !l.evicting {
			o.t.Fatalf("a lane is to be evicted twice, or is not marked")
		}
		listed[l] = true
	}
	for _, of := range []*limiters{&o.s.devices, &o.s.users} {
		for id, p := range of.byID {
			if p.lane.evicting && !listed[&p.lane] {
				o.t.Fatalf("lane %q (user: %t) is marked, and Evict does not look at it", id, of.ofUsers)
			}
		}
	}
}
