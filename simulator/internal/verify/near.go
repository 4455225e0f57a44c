package verify

import (
	"cmp"
	"iter"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
)

const maxNear = 3

// near finds the events that come closest to a match without being one.
func (j *judgment) near(m control.Match) []control.NearMiss {
	return Near(m, j.s.Events(j.query(control.Match{})))
}

// Near returns up to three events that come closest to a match without being one, the
// closest first, and the latest of those that are equally close.
func Near(m control.Match, events iter.Seq[control.Event]) []control.NearMiss {
	var best []control.NearMiss
	for e := range events {
		differs, fields := differences(m, &e)
		if len(differs) == 0 || len(differs) == fields {
			continue
		}
		best = append(best, control.NearMiss{Event: short(e), Differs: differs})
		slices.SortStableFunc(best, func(a, b control.NearMiss) int {
			return cmp.Or(cmp.Compare(len(a.Differs), len(b.Differs)), cmp.Compare(b.Event.Seq, a.Event.Seq))
		})
		best = best[:min(len(best), maxNear)]
	}
	return best
}

// differences are the fields in which an event is not what is asked for, and how
// many fields are asked for.
func differences(m control.Match, e *control.Event) (differs []control.Difference, fields int) {
	for _, f := range []struct{ name, want, got string }{
		{"device_id", m.DeviceID, e.DeviceID},
		{"user_id", m.UserID, e.UserID},
		{"event_type", m.EventType, e.EventType},
		{"insert_id", m.InsertID, e.InsertID},
		{"outcome", string(m.Outcome), string(e.Outcome)},
	} {
		if f.want == "" {
			continue
		}
		if fields++; f.want != f.got {
			differs = append(differs, control.Difference{Field: f.name, Want: f.want, Got: f.got})
		}
	}
	return differs, fields
}

func matches(m control.Match, e *control.Event) bool {
	differs, _ := differences(m, e)
	return len(differs) == 0
}
