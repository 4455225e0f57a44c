package loadgen

import (
	"encoding/json"
	"slices"

	"github.com/ammeter/ammeter/fixtures"
)

// Defect is something wrong with an event on purpose.
type Defect string

// Defects.
const (
	None Defect = ""
	// Malformed events are JSON and no events: without id for an exporter, which
	// drops them, and without event_type for Amplitude, which refuses them.
	Malformed Defect = "malformed"
	// ShortID is a mapping mistake: ids of four characters, of which Amplitude
	// wants five. For a target of kind Amplitude only.
	ShortID Defect = "short_id"
	// Seconds is a mapping mistake: the time of the event in seconds, which
	// Amplitude takes for milliseconds and stores in January 1970. For a target of
	// kind Amplitude only.
	Seconds Defect = "seconds"
)

// delivers reports whether an event that is sent with the defect arrives.
func (d Defect) delivers() bool { return d == None || d == Seconds }

// defects are the forms in which a case is sent: as it is, and once for each
// defect if it is the plain case of its type.
func defects(c fixtures.Case, cfg FixturesConfig) []Defect {
	all := []Defect{None}
	if c.Name != "identified" || !c.Expect.Sent() {
		return all
	}
	for _, d := range cfg.Defects {
		if d == Malformed || cfg.Kind == Amplitude {
			all = append(all, d)
		}
	}
	return all
}

// breakMapped puts the defect into an Amplitude event and returns what is left to
// fill in.
func (d Defect) breakMapped(event object, fill slots) slots {
	switch d {
	case Malformed:
		delete(event, "event_type")
	case ShortID:
		for member, kind := range map[string]slotKind{"user_id": slotUser, "device_id": slotDevice} {
			if _, there := event[member]; there {
				event[member] = json.RawMessage(`"u123"`)
				fill = fill.without(kind)
			}
		}
	case Seconds:
		fill = fill.without(slotMillis).with(event, "time", slotSeconds)
	case None:
	}
	return fill
}

// breakCurrents puts the defect into a Braze event and returns what is left to
// fill in.
func (d Defect) breakCurrents(event object, fill slots) slots {
	if d != Malformed {
		return fill
	}
	delete(event, "id")
	return fill.without(slotEvent)
}

func (s slots) without(k slotKind) slots {
	return slices.DeleteFunc(s, func(other slotKind) bool { return other == k })
}
