package verdict

import (
	"fmt"
	"slices"

	"github.com/ammeter/ammeter/internal/plural"
)

// ReadToTheEnd passes when an exporter that was given an input that ends delivered
// every event of it and ended by itself.
func ReadToTheEnd(t Traffic) Verdict { return All(CleanEnd(t), Delivered(t)) }

// Claimed passes when the types that the subject claims were delivered, each at least once,
// and no other type was if it claims them exclusively.
func Claimed(t Traffic) Verdict {
	claimed, exclusively := t.Subject.EventTypes, t.Subject.Exclusive
	accepted := map[string]bool{}
	for _, e := range t.Accepted() {
		accepted[e.InsertID] = true
	}
	delivered, posted := map[string]bool{}, map[string]bool{}
	for _, p := range t.Posted {
		if p.Want == nil {
			continue
		}
		posted[p.EventType] = true
		delivered[p.EventType] = delivered[p.EventType] || accepted[p.ID]
	}
	var list []string
	checked := 0
	for _, name := range claimed {
		if !posted[name] {
			continue // not one that Amplitude is sent
		}
		checked++
		if !delivered[name] {
			list = append(list, name+" is claimed and was not delivered")
		}
	}
	for _, p := range t.Posted {
		if exclusively && delivered[p.EventType] && !slices.Contains(claimed, p.EventType) {
			list = append(list, p.EventType+" is not claimed and was delivered")
			delivered[p.EventType] = false // told once
		}
	}
	switch {
	case len(list) > 0:
		return failWith(fmt.Sprintf("%d claims are wrong", len(list)), list)
	case checked == 0:
		return HarnessError("no event to judge")
	default:
		return Passed("%s claimed and delivered", plural.Of(checked, "type"))
	}
}

// WithoutLost returns the recording without the events that were lost, which belong to
// another requirement.
func WithoutLost(t Traffic) Traffic {
	p, err := pair(t)
	if err != nil {
		return t
	}
	lost := map[string]bool{}
	for _, l := range p.lost {
		lost[l.ID] = true
	}
	return t.Only(func(posted Posted) bool { return !lost[posted.ID] })
}
