package delivery

// batch is a set of events that is sent, answered and sent again as a whole until
// it is empty. The events of a lane lie next to each other, in order, and their
// lane sends nothing else meanwhile.
type batch struct {
	id     uint64
	events []*Event
	// rest is to be sent after this batch, being the later part of the one lane
	// this batch holds events of. It is nil where there are several lanes.
	continuation *batch

	failures int // attempts in a row that failed without a verdict
	refusals int // verdicts against some of its events, over its ancestors
	epoch    int // the breaker's when it was sent
}

// split cuts a batch of at least two events in two. It cuts between lanes where
// it can; the two are then independent of each other. A single lane is cut
// inside, and the second part becomes the continuation of the first, to keep the order.
func (b *batch) split() []*batch {
	cut := b.laneBoundary()
	lanes := cut > 0
	if !lanes {
		cut = len(b.events) / 2
	}
	first, second := *b, *b
	first.events = b.events[:cut:cut]
	second.events = b.events[cut:]
	if lanes {
		return []*batch{&first, &second}
	}
	first.continuation = &second
	return []*batch{&first}
}

// laneBoundary is the index nearest to the middle at which a new lane begins, or zero.
func (b *batch) laneBoundary() int {
	middle := len(b.events) / 2
	for d := 0; d <= middle; d++ {
		for _, i := range [2]int{middle - d, middle + d} {
			if i > 0 && i < len(b.events) && b.events[i-1].lane() != b.events[i].lane() {
				return i
			}
		}
	}
	return 0
}
