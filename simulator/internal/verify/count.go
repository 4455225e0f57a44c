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
		v.Verdict = control.Fail
	case v.Count >= least && highest <= most:
		v.Verdict = control.Pass
	default:
		v.Verdict = control.Unknown
	}
	v.Why = j.why(v, least, most)
	if v.Verdict != control.Fail || v.Count <= most {
		v.Examples = nil
	}
	if v.Verdict != control.Pass && v.Count < least {
		v.Near = j.near(j.v.Match)
	}
	return v
}

// ledger counts without looking at events, if the claim asks for nothing that the
// ledger does not tell apart. It forgets nothing.
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
	var best uint64
	var examples []control.Event
	var times []time.Time // of the stretch that ends with the present event
	for e := range j.s.Events(j.query(j.v.Match)) {
		times = append(times, e.At)
		if j.within > 0 {
			for e.At.Sub(times[0]) > j.within {
				times = times[1:]
			}
		}
		best = max(best, uint64(len(times)))
		if uint64(len(times)) > most && len(examples) < maxExamples {
			examples = append(examples, short(e))
		}
	}
	return best, examples
}

func (j *judgment) why(v control.Verdict, least, most uint64) string {
	found := fmt.Sprintf("%d events match", v.Count)
	if j.within > 0 {
		found = fmt.Sprintf("at most %d events match within %v", v.Count, j.within)
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
