package verdict

import (
	"fmt"

	"github.com/ammeter/ammeter/internal/plural"
)

// Mapping passes when every posted event that must be sent has arrived, and none
// differs from its expectation in what concerns the requirement.
func Mapping(t Traffic, concern Concern) Verdict {
	return mapping(t, func(all []Difference) []Difference {
		var own []Difference
		for _, d := range all {
			if concern(d) {
				own = append(own, d)
			}
		}
		return own
	})
}

// EventType is Mapping for the published table of an event type.
func EventType(t Traffic) Verdict { return mapping(t, Table) }

func mapping(t Traffic, own func([]Difference) []Difference) Verdict {
	p, err := pair(t)
	if err != nil {
		return HarnessError("%v", err)
	}
	var list []string
	wrong, compared, foreign := 0, 0, 0
	for _, made := range p.pairs {
		if made.Posted.Want == nil {
			continue
		}
		compared++
		differences := own(made.Differences)
		if len(differences) > 0 {
			wrong++
		}
		foreign += len(made.Differences) - len(differences)
		for _, d := range differences {
			list = append(list, fmt.Sprintf("%s: %s", made.Posted.Name, d))
		}
	}
	if len(list) > 0 {
		return failWith(fmt.Sprintf("%d of %d events wrong", wrong, compared), list)
	}
	if delivered := All(Taken(t), p.conserved(t)); delivered.Outcome != Pass {
		return delivered
	}
	if compared == 0 {
		// A check that saw nothing must not look like a check that passed.
		return HarnessError("no event to judge")
	}
	v := Passed("%s as expected", plural.Of(compared, "event"))
	if foreign > 0 {
		v.Evidence += fmt.Sprintf(" in this respect (%s in others)", plural.Of(foreign, "difference"))
	}
	return v
}

// NeverSent passes when no posted event that a rule drops was sent, with any
// outcome, and others were.
func NeverSent(t Traffic) Verdict {
	sent := map[string]bool{}
	for _, e := range t.Events {
		sent[e.InsertID] = true
	}
	var list []string
	dropped := 0
	for _, posted := range t.Posted {
		if posted.Want != nil {
			continue
		}
		dropped++
		if sent[posted.ID] {
			list = append(list, fmt.Sprintf("%s was sent, must be dropped: %s", posted.Name, posted.Dropped))
		}
	}
	switch {
	case len(list) > 0:
		return failWith(fmt.Sprintf("%d of %d events sent against the rule", len(list), dropped), list)
	case dropped == 0:
		return HarnessError("no event to judge")
	case len(t.Events) == 0:
		return Failed("nothing was sent, so none of %d such events was left out", dropped)
	default:
		return Passed("none of %d such events was sent", dropped)
	}
}
