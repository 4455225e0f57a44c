package verdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
)

// Conservation holds when every event the exporter took is accounted for:
// accepted by the service, dropped by a rule that says so, or given up because the
// service never takes it. Events posted again have been accepted before, so their
// repeats are counted as deduplicated. Nothing is still held: the exporter has ended.
func Conservation(t Traffic) Verdict {
	p, err := pair(t)
	if err != nil {
		return HarnessError("%v", err)
	}
	return p.conserved(t)
}

// TakenNotLost is Conservation of traffic that the exporter was free to turn away. It is
// skipped unless the exporter accepted an event that must be sent: there was nothing to lose.
func TakenNotLost(t Traffic) Verdict {
	if !slices.ContainsFunc(t.Posted, func(p Posted) bool { return p.Taken && p.Want != nil }) {
		return Skipped("none of %d events was taken, so none could be lost", len(t.Posted))
	}
	return Conservation(t)
}

// NothingLost returns the verdict unless it is not a failure and an event of the traffic was
// taken and lost. It is for a scenario that no other requirement would notice the loss in.
func NothingLost(t Traffic, v Verdict) Verdict {
	if v.Outcome != Pass && v.Outcome != NotArisen {
		return v
	}
	p, err := pair(t)
	if err != nil {
		return HarnessError("%v", err)
	}
	return All(p.losses(t), v)
}

// Delivered is Conservation of traffic the exporter had no reason to turn away: it
// must have taken every event.
func Delivered(t Traffic) Verdict { return All(Taken(t), Conservation(t)) }

// Taken passes when the exporter took every event it must take.
func Taken(t Traffic) Verdict {
	var list []string
	for _, p := range t.Posted {
		if !p.Taken && !p.Optional {
			list = append(list, "the post with "+p.Name+" was refused")
		}
	}
	if len(list) > 0 {
		return failWith(fmt.Sprintf("%d of %d events not taken", len(list), len(t.Posted)), list)
	}
	if len(t.Posted) == 0 {
		return HarnessError("no event to judge")
	}
	return Passed("%s taken", plural.Of(len(t.Posted), "event"))
}

func (p pairing) conserved(t Traffic) Verdict {
	if v := p.losses(t); v.Outcome != Pass {
		return v
	}
	if len(p.extra) > 0 {
		return Failed("%d accepted events have an insert_id that was never posted, such as %q", len(p.extra), p.extra[0].InsertID)
	}
	return Passed("%s", p.balance(t))
}

// losses passes when no event that was taken is lost.
func (p pairing) losses(t Traffic) Verdict {
	var list []string
	for _, l := range p.lost {
		list = append(list, fmt.Sprintf("%s was taken and never accepted%s", l.Name, history(t, l)))
	}
	if len(list) > 0 {
		return failWith(fmt.Sprintf("%d of %d events lost", len(list), len(t.Posted)), list)
	}
	return Passed("nothing lost")
}

// balance is the equation of a recording in which nothing is lost.
func (p pairing) balance(t Traffic) string {
	accepted := map[string]bool{}
	for _, made := range p.pairs {
		accepted[made.Posted.ID] = true
	}
	repeats, dead, refused, turnedAway := len(p.pairs)-len(accepted), 0, 0, 0
	sent := t.sends()
	for _, posted := range t.Posted {
		switch {
		case !posted.Taken:
			turnedAway++
		case posted.Poison && !accepted[posted.ID]:
			dead++
		case !accepted[posted.ID] && sent[posted.ID] > 0:
			refused++
		}
	}
	// What was taken, is not lost and was not accepted has been dropped by a rule,
	// or is optional. A dropped event that was sent is another requirement.
	dropped := len(t.Posted) - len(p.pairs) - dead - refused - turnedAway
	parts := []string{fmt.Sprintf("%d posted = %d accepted", len(t.Posted), len(accepted)), fmt.Sprintf("%d dropped by rule", dropped)}
	for _, more := range []struct {
		n    int
		what string
	}{{repeats, "deduplicated"}, {refused, "refused by Amplitude"}, {dead, "dead-lettered"}, {turnedAway, "turned away"}} {
		if more.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", more.n, more.what))
		}
	}
	return strings.Join(parts, " + ")
}

// history is what the journal has of an event that was never accepted.
func history(t Traffic, lost Posted) string {
	var seen []string
	for _, e := range t.Events {
		if e.InsertID != lost.ID {
			continue
		}
		word := string(e.Outcome)
		if e.Reason != "" {
			word += "/" + e.Reason
		}
		seen = append(seen, word)
	}
	switch {
	case len(seen) == 0 && t.Strays != "":
		return fmt.Sprintf(" (never sent; %s)", t.Strays)
	case len(seen) == 0 && t.Stop != nil:
		return fmt.Sprintf(" (never sent; the exporter ended with: %v)", t.Stop)
	case len(seen) == 0:
		return " (never sent)"
	default:
		const few = 3
		return fmt.Sprintf(" (sent %d times: %s)", len(seen), strings.Join(seen[:min(few, len(seen))], ", "))
	}
}
