package verdict

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
)

// Pair is a posted event and what arrived for it.
type Pair struct {
	Posted Posted
	Got    control.Event
	// Differences between Posted.Want and Got; nil when Posted.Want is nil.
	Differences []Difference
}

// pairing sorts a recording: what arrived for whom, what is missing, and what
// arrived that was not posted.
type pairing struct {
	pairs []Pair
	lost  []Posted // must be sent, never accepted
	extra []control.Event
}

// pair joins posted events with accepted ones by the id of the event. An event
// with a foreign id still joins the posted event it equals in everything else,
// so that a wrong insert_id is told as such and not as a loss.
func pair(t Traffic) (pairing, error) {
	known := t.knownIDs()
	byID := map[string]control.Event{}
	var p pairing
	for _, e := range t.Accepted() {
		if !known[e.InsertID] {
			p.extra = append(p.extra, e)
		} else if _, seen := byID[e.InsertID]; !seen {
			byID[e.InsertID] = e
		}
	}
	for _, posted := range t.Posted {
		got, arrived := byID[posted.ID]
		if !arrived {
			if posted.Want != nil && posted.Taken && !posted.Optional {
				p.lost = append(p.lost, posted)
			}
			continue
		}
		made, err := join(posted, got)
		if err != nil {
			return p, err
		}
		p.pairs = append(p.pairs, made)
	}
	if len(p.lost) == 0 || len(p.extra) == 0 {
		return p, nil
	}
	return p.matchByContent()
}

func join(posted Posted, got control.Event) (Pair, error) {
	made := Pair{Posted: posted, Got: got}
	if posted.Want == nil {
		return made, nil
	}
	if len(got.Body) == 0 {
		return made, fmt.Errorf("the journal has no body of event %q: give the simulator a larger journal", got.InsertID)
	}
	var err error
	made.Differences, err = Compare(posted.Want, got.Body)
	return made, err
}

// matchByContent pairs lost events with the extra events that differ in the insert_id alone.
func (p pairing) matchByContent() (pairing, error) {
	lost, extra := p.lost, p.extra
	p.lost = nil
	for _, posted := range lost {
		found := -1
		wanted := addressOf(posted.Want)
		for i, e := range extra {
			if wanted != (address{e.EventType, e.UserID, e.DeviceID}) {
				continue
			}
			made, err := join(posted, e)
			if err != nil {
				return p, err
			}
			if len(made.Differences) == 1 && made.Differences[0].Path[0] == "insert_id" {
				p.pairs, found = append(p.pairs, made), i
				break
			}
		}
		if found < 0 {
			p.lost = append(p.lost, posted)
			continue
		}
		extra = slices.Delete(slices.Clone(extra), found, found+1)
	}
	p.extra = extra
	return p, nil
}

// address is what most events differ in, apart from their id.
type address struct {
	EventType string `json:"event_type"`
	UserID    string `json:"user_id"`
	DeviceID  string `json:"device_id"`
}

func addressOf(want json.RawMessage) address {
	var a address
	// The fixtures' loader has checked that it decodes.
	_ = json.Unmarshal(want, &a)
	return a
}
