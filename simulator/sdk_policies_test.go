package simulator_test

import (
	"time"
)

// The official SDKs, reduced to how they react to answers, from their sources: Go
// 1.3.1, TypeScript for Node, Python 1.2.3, Java 1.13.0 and Kotlin.

// reaction is what a client does with events that were not taken.
type reaction struct {
	drop   bool
	counts bool                          // toward the most sends of an event
	wait   func(sends int) time.Duration // before the next send; nil: none
}

func after(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

// ladder is 100, 100, 200, 200 ... 3200, 3200 ms.
func ladder(sends int) time.Duration {
	return 100 * time.Millisecond << min((sends-1)/2, 5)
}

var (
	dropped = reaction{drop: true}
	atOnce  = reaction{}
	climb   = reaction{counts: true, wait: ladder}
)

// How a client makes batches smaller after a 413.
const (
	divide = "divide" // by 2, 3, 4 ...
	halve  = "halve"
	split  = "split" // only the batch, in two
	cut    = "cut"   // on the second 413 the second half is dropped
)

// What a client does with events of an id beyond its quota.
const (
	ifListed = "dropped if listed"
	byID     = "dropped by id"
	kept     = "kept"
)

type sdk struct {
	size     int      // events in a batch
	sends    int      // most sends of an event that count; 0: no end
	indexes  []string // maps of indexes that are read
	bodyCode bool     // the status is taken from the body
	grouped  bool     // what is sent again is sent device by device
	smaller  string
	quota    string

	// Reactions to a 400 with indexes for the rest of the events, to a 400 that
	// names none, to missing_field, to the events throttled and the others of a 429, to
	// a 5xx, and to a connection that broke. A 403 is a 400, or else a 5xx.
	rest, unnamed, missing, throttled, others, failed, broken reaction
	forbiddenIsFailed                                         bool
}

var sdks = map[string]sdk{
	"go": {
		size: 200, sends: 13, smaller: divide, quota: ifListed,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths", "silenced_events"},
		rest:    atOnce, unnamed: atOnce, missing: dropped,
		throttled: reaction{wait: after(30 * time.Second)}, others: atOnce, failed: climb, broken: dropped,
	},
	"typescript": {
		size: 200, sends: 12, bodyCode: true, smaller: halve, quota: byID,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths", "silenced_events"},
		rest:    flush, unnamed: flush, missing: dropped,
		throttled: reaction{counts: true, wait: after(30 * time.Second)}, others: reaction{counts: true, wait: after(30 * time.Second)},
		failed: reaction{counts: true, wait: func(n int) time.Duration { return time.Duration(max(10, n)) * time.Second }}, broken: dropped,
	},
	"python": {
		size: 200, sends: 12, bodyCode: true, smaller: divide, quota: ifListed,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields", "events_with_invalid_id_lengths", "silenced_events"},
		rest:    climb, unnamed: climb, missing: dropped,
		throttled: reaction{counts: true, wait: func(n int) time.Duration { return 30*time.Second + ladder(n) }}, others: climb, failed: climb, broken: climb,
	},
	"java": {
		size: 10, sends: 13, bodyCode: true, grouped: true, smaller: cut, quota: byID,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields"},
		rest:    climb, unnamed: climb, missing: dropped,
		throttled: climb, others: climb, failed: climb, broken: climb,
	},
	"kotlin": {
		size: 30, smaller: split, quota: kept,
		indexes: []string{"events_with_invalid_fields", "events_with_missing_fields", "silenced_events"},
		rest:    atOnce, unnamed: slow, missing: slow, forbiddenIsFailed: true,
		throttled: reaction{wait: after(30 * time.Second)}, others: reaction{wait: after(30 * time.Second)}, failed: slow, broken: slow,
	},
}

var (
	flush = reaction{counts: true, wait: after(10 * time.Second)}
	slow  = reaction{wait: func(n int) time.Duration {
		return time.Duration([]int{1, 8, 32, 128, 300}[min(n-1, 4)]) * time.Second
	}}
)
