package journal

import (
	"iter"

	"github.com/ammeter/ammeter/simulator/control"
)

// AllEvents yields the events of a query page by page, so that no other call waits for
// long. The query's Limit is the size of a page.
func (j *Journal) AllEvents(q Query) iter.Seq[control.Event] {
	return all(q, j.Events, func(e control.Event) uint64 { return e.Seq })
}

// AllRequests yields the requests of a query in the same way.
func (j *Journal) AllRequests(q Query) iter.Seq[control.Request] {
	return all(q, j.Requests, func(r control.Request) uint64 { return r.Seq })
}

func all[T any](q Query, page func(Query) []T, seq func(T) uint64) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			items := page(q)
			for _, item := range items {
				if !yield(item) {
					return
				}
				q.After = seq(item)
			}
			if len(items) < q.limit() {
				return
			}
		}
	}
}
