package delay

import (
	"container/heap"
	"time"
)

// moment is a time in microseconds since the epoch: a third of what a time.Time takes up.
type moment int64

func momentOf(t time.Time) moment { return moment(t.UnixMicro()) }

// notBefore returns the first moment that is not before a time. A lane that came back a
// part of a microsecond early would be returned at once, again and again until then.
func notBefore(t time.Time) moment { return momentOf(t.Add(time.Microsecond - 1)) }

func (m moment) time() time.Time { return time.UnixMicro(int64(m)) }

// laneHeap has the lane first whose time comes first, and of several the one with the
// oldest events.
type laneHeap[L comparable, B Block] []*lane[L, B]

var _ heap.Interface = (*laneHeap[int, Block])(nil)

func (h *laneHeap[L, B]) Len() int { return len(*h) }

func (h *laneHeap[L, B]) Less(i, j int) bool {
	a, b := (*h)[i], (*h)[j]
	if a.until != b.until {
		return a.until < b.until
	}
	return a.blocks[0].Seq() < b.blocks[0].Seq()
}

func (h *laneHeap[L, B]) Swap(i, j int) {
	(*h)[i], (*h)[j] = (*h)[j], (*h)[i]
	(*h)[i].place, (*h)[j].place = int32(i), int32(j) // a number of devices
}

// Push is part of heap.Interface; use heap.Push.
func (h *laneHeap[L, B]) Push(x any) {
	l := x.(*lane[L, B])
	l.place = int32(len(*h)) // a number of devices
	*h = append(*h, l)
}

// Pop is part of heap.Interface; use heap.Pop.
func (h *laneHeap[L, B]) Pop() any {
	last := len(*h) - 1
	l := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return l
}
