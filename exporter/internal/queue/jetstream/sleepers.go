package jetstream

import (
	"container/heap"
	"time"
)

// moment is a time in microseconds since the epoch: a third of what a time.Time
// takes up.
type moment int64

func momentOf(t time.Time) moment { return moment(t.UnixMicro()) }

func (m moment) time() time.Time { return time.UnixMicro(int64(m)) }

// sleepers is a heap of parked lanes: first the one whose time comes first, and of
// several the one that has been parked for longest.
type sleepers []*parkedLane

var _ heap.Interface = (*sleepers)(nil)

func (s *sleepers) Len() int { return len(*s) }

func (s *sleepers) Less(i, j int) bool { return (*s)[i].before((*s)[j]) }

func (pl *parkedLane) before(other *parkedLane) bool {
	if pl.until != other.until {
		return pl.until < other.until
	}
	return pl.seqs[0] < other.seqs[0]
}

func (s *sleepers) Swap(i, j int) {
	(*s)[i], (*s)[j] = (*s)[j], (*s)[i]
	(*s)[i].place, (*s)[j].place = int32(i), int32(j) //nolint:gosec // a number of devices
}

// Push is part of heap.Interface; use heap.Push.
func (s *sleepers) Push(x any) {
	pl := x.(*parkedLane)
	pl.place = int32(len(*s)) //nolint:gosec // a number of devices
	*s = append(*s, pl)
}

// Pop is part of heap.Interface; use heap.Pop.
func (s *sleepers) Pop() any {
	last := len(*s) - 1
	pl := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return pl
}
