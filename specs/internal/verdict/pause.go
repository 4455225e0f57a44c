package verdict

import (
	"slices"
	"time"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/simulator/control"
)

const (
	// InFlight is how long after a refusal a request with other events of the
	// device may still arrive that was under way when the answer was written.
	InFlight = 50 * time.Millisecond
	// ClockSlack is the part of a pause that may be missing: the two sides do not
	// read the same clock at the same instant.
	ClockSlack = 10 // percent
)

// Pause passes when, after each refusal of the device for its rate or quota,
// nothing more was sent for it until the pause was over.
func Pause(t Traffic, device string, pause time.Duration) Verdict {
	attempts := t.attempts(device)
	least := pause - pause*ClockSlack/100
	refusals, shortest := 0, time.Duration(-1)
	for i, a := range attempts {
		if !a.refused {
			continue
		}
		refusals++
		for _, next := range attempts[i+1:] {
			gap := next.at.Sub(a.at)
			if gap <= InFlight && !a.shares(next) {
				continue
			}
			if gap < least {
				return Failed("sent again %s after refusal %d, the pause is %s", round(gap), refusals, pause)
			}
			if shortest < 0 || gap < shortest {
				shortest = gap
			}
			break
		}
	}
	switch {
	case refusals == 0:
		return Skipped("the device was never refused, so there was no pause to obey")
	case shortest < 0:
		return Passed("%s, not sent again while watched", plural.Of(refusals, "refusal"))
	default:
		return Passed("%s, sent again after %s at the soonest", plural.Of(refusals, "refusal"), round(shortest))
	}
}

// Refused passes a verdict about a device that was refused on; one that passes although
// the device was never refused has not been shown.
func Refused(t Traffic, device string, v Verdict) Verdict {
	if v.Outcome == Pass && !slices.ContainsFunc(t.attempts(device), func(a attempt) bool { return a.refused }) {
		return Skipped("the device was never refused, so this has not been shown")
	}
	return v
}

// BystandersServed passes when the events of other devices were accepted before the
// pause of the refused device was over.
func BystandersServed(t Traffic, device string, pause time.Duration) Verdict {
	for _, a := range t.attempts(device) {
		if a.refused {
			return t.othersBy(device, a.at, pause-pause*ClockSlack/100, "after the refusal")
		}
	}
	return Skipped("the device was never refused, so it had no neighbors to delay")
}

// attempt is one request that carried events of a device.
type attempt struct {
	at      time.Time
	ids     map[string]bool
	refused bool
}

// shares reports whether both carried the same event of the device.
func (a attempt) shares(b attempt) bool {
	for id := range a.ids {
		if b.ids[id] {
			return true
		}
	}
	return false
}

// attempts returns the requests with events of the device in the order they came.
func (t Traffic) attempts(device string) []attempt {
	ids := t.idsOf(device)
	var all []attempt
	last := uint64(0)
	for _, e := range t.Events {
		if !ids[e.InsertID] {
			continue
		}
		if e.Request != last || len(all) == 0 {
			all = append(all, attempt{at: e.At, ids: map[string]bool{}})
			last = e.Request
		}
		all[len(all)-1].ids[e.InsertID] = true
		if isRefused(e) {
			all[len(all)-1].refused = true
		}
	}
	return all
}

// isRefused reports whether an event was refused on account of its own ids.
func isRefused(e control.Event) bool { return e.Outcome == control.Throttled && e.Reason != "neighbor" }
