package delivery

import "container/heap"

// timer wakes a limiter that was throttled, or a batch that waits for its next attempt.
type timer struct {
	at      elapsed
	limiter *limiter // nil: batch
	batch   *batch
}

// timers is a heap, the earliest first.
type timers []timer

var _ heap.Interface = (*timers)(nil)

func (t *timers) Len() int           { return len(*t) }
func (t *timers) Less(i, j int) bool { return (*t)[i].at < (*t)[j].at }
func (t *timers) Swap(i, j int)      { (*t)[i], (*t)[j] = (*t)[j], (*t)[i] }

// Push is part of heap.Interface; use heap.Push.
func (t *timers) Push(x any) { *t = append(*t, x.(timer)) }

// Pop is part of heap.Interface; use heap.Pop.
func (t *timers) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	(*t)[last] = timer{}
	*t = (*t)[:last]
	return x
}
