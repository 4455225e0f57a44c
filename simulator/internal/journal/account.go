package journal

import (
	"maps"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// account is the ledger of one project, in numbers that are cheap to count up.
type account struct {
	since    uint64 // requests up to this Seq were reset
	requests uint64
	events   uint64
	refused  uint64
	outcomes [outcome.Count]uint64
	reasons  counts
	statuses map[int]uint64

	evictedRequests, evictedEvents uint64
	evictedUntil                   int64 // instant of the newest request evicted
}

// counts are numbers of events by outcome and reason.
type counts [outcome.Count][outcome.Reasons]uint64

func newAccount() *account { return &account{statuses: map[int]uint64{}} }

func (a *account) reset(since uint64) {
	*a = account{since: since, statuses: map[int]uint64{}}
}

// evict notes that a request with some events is not, or no longer, kept.
func (a *account) evict(events uint64, at int64) {
	a.evictedRequests++
	a.lose(events, at)
}

// lose notes that a search does not see some events.
func (a *account) lose(events uint64, at int64) {
	a.evictedEvents += events
	a.evictedUntil = max(a.evictedUntil, at)
}

// count adds an entry, and its events also to the totals of all accounts.
func (a *account) count(e *Entry, totals *counts) {
	a.requests++
	a.statuses[e.Status]++
	if e.Status/100 != 2 {
		a.refused++
	}
	// Neighbors mostly have the same outcome: whole runs are counted at once.
	for i := 0; i < len(e.Outcomes); {
		o, why, from := e.Outcomes[i], e.Reasons[i], i
		for i < len(e.Outcomes) && e.Outcomes[i] == o && e.Reasons[i] == why {
			i++
		}
		n := uint64(i - from)
		if i == len(e.Outcomes) {
			n += e.surplus() // those that were not read have the outcome of the last one
		}
		a.events += n
		a.outcomes[o] += n
		a.reasons[o][why] += n
		totals[o][why] += n
	}
}

// ledger is the account as the control API shows it.
func (a *account) ledger() control.Ledger {
	l := control.Ledger{
		Requests: a.requests, Events: a.events,
		EvictedRequests: a.evictedRequests, EvictedEvents: a.evictedEvents,
		Outcomes: map[control.Outcome]uint64{}, Statuses: map[int]uint64{}, Reasons: map[string]uint64{},
	}
	for o, n := range a.outcomes {
		if n == 0 {
			continue
		}
		name := outcome.Outcome(o).Name()
		l.Outcomes[name] = n
		for r, n := range a.reasons[o] {
			if n > 0 && outcome.Reason(r) != outcome.None {
				l.Reasons[string(name)+"/"+outcome.Reason(r).String()] = n
			}
		}
	}
	maps.Copy(l.Statuses, a.statuses)
	return l
}
