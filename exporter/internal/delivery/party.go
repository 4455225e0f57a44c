package delivery

import "time"

// party is a device or a user: what Amplitude counts events by. A device, and a
// user in events without a device, also has a lane of events.
//
// A party exists while an event names it, a slot of it is in use or it is parked,
// so the Scheduler's memory follows what it holds and not whom it has ever seen.
type party struct {
	home map[string]*party // the map that holds this party under id
	id   string
	refs int // events in the Scheduler that name it

	// used counts slots: events in an unsettled batch, and events accepted
	// less than a window ago.
	used int
	// limit is the number of slots. It is halved when Amplitude throttles the
	// party and grows back with every batch it accepts: the limit is for all
	// that the organization sends, and others may be using most of it.
	limit  int
	parked instant // held back until then; zero: not parked
	quota  bool    // parked for its daily quota
	// waiters are the lanes whose first event this party holds back.
	waiters fifo[*party]

	// The lane.
	head, tail *Event
	queued     int // events from head to tail
	flying     int // events of the lane in unsettled batches
	state      laneState
	spilling   bool // in Scheduler.spills
}

// laneState tells which structure of the Scheduler refers to a lane.
type laneState uint8

const (
	idle    laneState = iota // nothing to send
	ready                    // in Scheduler.ready
	waiting                  // in waiters of one party
	busy                     // events in an unsettled batch
)

// instant is a time since the Scheduler was made.
type instant = time.Duration

// holds tells whether an event of the party has to wait at an instant.
func (p *party) holds(now instant) bool {
	return p != nil && (p.used >= p.limit || p.parked > now)
}

func (p *party) isParked(now instant) bool { return p != nil && p.parked > now }

func (p *party) push(e *Event) {
	if p.tail == nil {
		p.head = e
	} else {
		p.tail.next = e
	}
	p.tail = e
	p.queued++
}

// unshift puts e in front of the lane.
func (p *party) unshift(e *Event) {
	e.next = p.head
	p.head = e
	p.queued++
	if p.tail == nil {
		p.tail = e
	}
}

func (p *party) shift() *Event {
	e := p.head
	p.head = e.next
	p.queued--
	e.next = nil
	if p.head == nil {
		p.tail = nil
	}
	return e
}

// slow halves the limit, and keeps one slot so that there is an end to it.
func (p *party) slow() { p.limit = max(1, p.limit/2) }

// regain lets the limit grow back.
func (p *party) regain(perSecond int) {
	if p != nil && p.limit < perSecond {
		p.limit++
	}
}

// forget removes the party from its map when nothing refers to it any more.
func (p *party) forget(now instant) {
	if p != nil && p.refs == 0 && p.used == 0 && p.parked <= now && p.home[p.id] == p {
		delete(p.home, p.id)
	}
}
