package delivery

import "time"

// lane is the queue of events of one device, or of a user without one. Its events are
// accepted in order.
type lane struct {
	head, tail *Event
	// waitsFor is the limiter that blocks head, if the lane waits; before and behind are its
	// neighbors among those that wait for it.
	waitsFor       *limiter
	before, behind *lane
	queued         int32 // events from head to tail
	uploading      int32 // events of the lane in unsettled batches
	state          laneState
	evicting       bool // in Scheduler.evictions
}

// laneState says which structure of the Scheduler refers to a lane.
type laneState uint8

const (
	idle    laneState = iota // nothing to send
	ready                    // in Scheduler.ready
	waiting                  // in waiters of one limiter
	busy                     // events in an unsettled batch
)

// elapsed is the time since the Scheduler was made.
type elapsed = time.Duration

func (l *lane) push(e *Event) {
	if l.tail == nil {
		l.head = e
	} else {
		l.tail.next = e
	}
	l.tail = e
	l.queued++
}

// unshift puts e in front of the lane.
func (l *lane) unshift(e *Event) {
	e.next = l.head
	l.head = e
	l.queued++
	if l.tail == nil {
		l.tail = e
	}
}

func (l *lane) shift() *Event {
	e := l.head
	l.head = e.next
	l.queued--
	e.next = nil
	if l.head == nil {
		l.tail = nil
	}
	return e
}

// filter removes the events for which wanted is true, and returns them in order.
func (l *lane) filter(wanted func(*Event) bool) (removed []*Event) {
	e := l.head
	l.head, l.tail, l.queued = nil, nil, 0
	for e != nil {
		next := e.next
		e.next = nil
		if wanted(e) {
			removed = append(removed, e)
		} else {
			l.push(e)
		}
		e = next
	}
	return removed
}
