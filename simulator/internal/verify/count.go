package verify

import (
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// count judges a claim about a number of events.
func (j *judgment) count(least, most uint64) control.Verdict {
	v := control.Verdict{}
	if n, exact := j.ledger(); exact {
		v.Count = n
	} else {
		v.Count, v.Examples = j.busiest(most)
		v.Evicted = j.evicted()
	}
	highest := v.Count + v.Evicted
	switch {
	case v.Count > most, highest < least:
		v.Result = control.Fail
	case v.Count >= least && highest <= most:
		v.Result = control.Pass
	default:
		v.Result = control.Unknown
	}
	v.Why = j.why(v, least, most)
	if v.Result != control.Fail || v.Count <= most {
		v.Examples = nil
	}
	if v.Result != control.Pass && v.Count < least {
		v.Near = j.near(j.v.Match)
	}
	return v
}

// ledger counts without looking at events, if the claim is about nothing that the
// ledger does not distinguish. It forgets nothing.
func (j *judgment) ledger() (uint64, bool) {
	m := j.v.Match
	m.Outcome = ""
	if m != (control.Match{}) || j.v.Since != nil || j.v.Until != nil || j.within > 0 {
		return 0, false
	}
	l := j.s.Ledger()
	if l.EvictedEvents == 0 {
		return 0, false // then there are examples
	}
	if j.v.Match.Outcome == "" {
		return l.Events, true
	}
	return l.Outcomes[j.v.Match.Outcome], true
}

// busiest counts the events that match, or those of the busiest stretch of the
// claim's length. It returns a few of those beyond a number, too.
func (j *judgment) busiest(most uint64) (uint64, []control.Event) {
	var best, n uint64
	var examples []control.Event
	var times []time.Time // of the stretch that ends with the present event, if it has a length
	for e := range j.s.Events(j.query(j.v.Match)) {
		n++
		if j.within > 0 {
			times = append(times, e.At)
			for e.At.Sub(times[0]) > j.within {
				times = times[1:]
			}
			n = uint64(len(times))
		}
		best = max(best, n)
		if n > most && len(examples) < maxExamples {
			examples = append(examples, short(e))
		}
	}
	return best, examples
}

func matching(n uint64) string {
	if n == 1 {
		return "1 event matches"
	}
	return fmt.Sprintf("%d events match", n)
}

func (j *judgment) why(v control.Verdict, least, most uint64) string {
	found := matching(v.Count)
	if j.within > 0 {
		found = fmt.Sprintf("at most %s within %v", found, j.within)
	}
	if v.Evicted > 0 {
		found += fmt.Sprintf(", %d that were evicted might, too", v.Evicted)
	}
	switch {
	case least == most:
		return fmt.Sprintf("%s; want %d", found, least)
	case most == unbounded:
		return fmt.Sprintf("%s; want at least %d", found, least)
	case least == 0:
		return fmt.Sprintf("%s; want at most %d", found, most)
	}
	return fmt.Sprintf("%s; want from %d to %d", found, least, most)
}
