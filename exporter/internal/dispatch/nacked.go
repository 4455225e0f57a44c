package dispatch

import (
	"maps"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// nackedTry is what was settled of a chunk before it was nacked.
type nackedTry struct {
	outcome     ledger.Counts
	deadLetters []queue.DeadLetter
	settled     []string
}

// restore takes up what was settled of a chunk before it was nacked, and returns the
// number of settled copies of each event. A chunk without these events is another one: the
// lane was delivered by another process in between.
func (f *inflight) restore(c *chunk, records []mapping.Record) (skip map[string]int) {
	if !c.redelivered || len(records) == 0 {
		return nil
	}
	lane := laneOf(&records[0])
	before, ok := f.nacked[lane]
	if !ok {
		return nil
	}
	delete(f.nacked, lane)
	skip = make(map[string]int, len(before.settled))
	for _, id := range before.settled {
		skip[id]++
	}
	if !holdsAll(records, skip) {
		return nil
	}
	c.outcome, c.deadLetters, c.settled = before.outcome, before.deadLetters, before.settled
	if c.uncounted {
		again := ledger.New()
		again.Add(c.outcome)
		again.Read, again.Held = 0, -c.outcome.Settled()
		f.change.Add(again)
	}
	return skip
}

// holdsAll reports whether there are at least so many records of each id.
func holdsAll(records []mapping.Record, copies map[string]int) bool {
	missing := maps.Clone(copies)
	for i := range records {
		if id := records[i].InsertID; missing[id] > 1 {
			missing[id]--
		} else {
			delete(missing, id)
		}
	}
	return len(missing) == 0
}
