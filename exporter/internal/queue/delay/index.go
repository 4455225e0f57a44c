package delay

import (
	"container/heap"
	"slices"
	"sync"
	"time"
)

// MaxOut is the number of lanes of which delayed events can be out at the same time.
// Together they leave room in the exporter's memory.
const MaxOut = 128

// Block says where events are stored. Later blocks have higher numbers.
type Block interface{ Seq() uint64 }

// Index holds delayed blocks by lane, and the lanes by the time at which they are due.
// There can be millions of lanes, so nothing that is done often looks at all of them. It
// is safe for concurrent use, but Due, Take and Arrived are for one goroutine.
// Invariants:
//
//   - Of a lane, the first blocks are out or none: those that Take returned, until Done
//     or Return.
//   - A lane is in waiting while none of its blocks is out.
type Index[L comparable, B Block] struct {
	changed chan struct{}

	mu        sync.Mutex // guards what follows; taken last
	lanes     map[L]*lane[L, B]
	waiting   laneHeap[L, B]
	out       int         // the number of lanes with blocks that are out
	inTransit *lane[L, B] // of the blocks taken last, until Arrived
	latest    moment      // that Index was given
}

type lane[L comparable, B Block] struct {
	name   L
	until  moment
	blocks []B // oldest first
	out    int32
	place  int32 // in Index.waiting
}

// Front is the first blocks of a lane.
type Front[L comparable, B Block] struct {
	Blocks []B
	lane   *lane[L, B]
}

// Lane names the lane.
func (f Front[L, B]) Lane() L { return f.lane.name }

// New returns an empty index.
func New[L comparable, B Block]() *Index[L, B] {
	return &Index[L, B]{lanes: make(map[L]*lane[L, B]), changed: make(chan struct{}, 1)}
}

// Changed holds a token when Due may return something else than before.
func (x *Index[L, B]) Changed() <-chan struct{} { return x.changed }

func (x *Index[L, B]) notify() {
	select {
	case x.changed <- struct{}{}:
	default:
	}
}

// Add puts blocks behind those of their lane, of which the latest time counts. Blocks
// that it has are left out.
func (x *Index[L, B]) Add(name L, now, until time.Time, blocks ...B) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.follow(momentOf(now))
	l := x.lanes[name]
	if l == nil {
		l = &lane[L, B]{name: name, until: notBefore(until), blocks: blocks}
		x.lanes[name] = l
		heap.Push(&x.waiting, l)
		x.notify()
		return
	}
	for _, b := range blocks {
		if last := l.blocks[len(l.blocks)-1]; b.Seq() > last.Seq() {
			l.blocks = append(l.blocks, b)
		}
	}
	if l.until = max(l.until, notBefore(until)); l.out == 0 {
		heap.Fix(&x.waiting, int(l.place))
	}
	x.notify()
}

// Due returns the blocks of the lane that is due first. Without one ok is false, and at is
// when to look again; zero: when something changes.
func (x *Index[L, B]) Due(now time.Time) (front Front[L, B], at time.Time, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.follow(momentOf(now))
	if x.out >= MaxOut || len(x.waiting) == 0 {
		return front, time.Time{}, false
	}
	l := x.waiting[0]
	if l.until > momentOf(now) {
		return front, l.until.time(), false
	}
	return Front[L, B]{Blocks: slices.Clip(l.blocks), lane: l}, time.Time{}, true
}

// Take takes the first n blocks of a lane out. It reports false if the lane was dropped
// since it was due.
func (x *Index[L, B]) Take(due Front[L, B], n int) (front Front[L, B], ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := due.lane
	if x.lanes[l.name] != l {
		return front, false
	}
	heap.Remove(&x.waiting, int(l.place))
	l.out = int32(n) // small
	x.out++
	x.inTransit = l
	return Front[L, B]{Blocks: due.Blocks[:n:n], lane: l}, true
}

// Arrived says that the blocks which were taken last were taken over.
func (x *Index[L, B]) Arrived() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.inTransit = nil
}

// Holds reports whether newer events of a lane must wait behind others.
func (x *Index[L, B]) Holds(name L) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.inTransit != nil && x.inTransit.name == name {
		return true
	}
	l := x.lanes[name]
	return l != nil && len(l.blocks) > int(l.out)
}

// Done forgets blocks that were taken out.
func (x *Index[L, B]) Done(front Front[L, B]) {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := front.lane
	if x.lanes[l.name] != l {
		return
	}
	l.blocks = l.blocks[l.out:]
	x.putBack(l)
}

// Return puts blocks that were taken out back, until a time.
func (x *Index[L, B]) Return(front Front[L, B], now, until time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.follow(momentOf(now))
	if l := front.lane; x.lanes[l.name] == l {
		l.until = notBefore(until)
		x.putBack(l)
	}
}

func (x *Index[L, B]) putBack(l *lane[L, B]) {
	l.out = 0
	x.out--
	if len(l.blocks) == 0 {
		delete(x.lanes, l.name)
	} else {
		heap.Push(&x.waiting, l)
	}
	x.notify()
}

// Drop forgets lanes, and looks at all of them for it.
func (x *Index[L, B]) Drop(matches func(name L) bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, l := range x.lanes {
		if !matches(l.name) {
			continue
		}
		if l.out > 0 {
			x.out--
		} else {
			heap.Remove(&x.waiting, int(l.place))
		}
		delete(x.lanes, l.name)
	}
	x.notify() // fewer lanes may be out now
}

// Len returns the number of lanes.
func (x *Index[L, B]) Len() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.lanes)
}

// clockSlack is how far a clock may go back without being taken for one that was set.
const clockSlack = moment(time.Second / time.Microsecond)

// follow lets the lanes wait no longer than they were to when the clock is set back. The
// order in which they are due stays the same.
func (x *Index[L, B]) follow(now moment) {
	if back := x.latest - now; back > clockSlack {
		for _, l := range x.lanes {
			l.until -= back
		}
		x.latest = now
		x.notify()
		return
	}
	x.latest = max(x.latest, now)
}
