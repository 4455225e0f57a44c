package upload

import (
	"slices"

	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// Rejection is the verdict on an upload that is turned away as a whole.
type Rejection struct {
	Status int
	Reason outcome.Reason
	Error  string // text of the error member
	// Missing names a missing member of the request.
	Missing string
	// Map is the member of the answer that names the offending events, with
	// Fields as its content.
	Map    string
	Fields []FieldError
	// More are refusals for other reasons that the answer reports as well.
	More []*Rejection
}

// FieldError lists the events in which a field offends.
type FieldError struct {
	Field  string
	Events []int // ascending
}

// ReasonOf is why event i was turned away: a neighbor, if others are blamed for it.
func (r *Rejection) ReasonOf(i int) outcome.Reason {
	if len(r.Fields) == 0 || r.names(i) {
		return r.Reason
	}
	for _, more := range r.More {
		if more.names(i) {
			return more.Reason
		}
	}
	return outcome.Neighbor
}

// merge adds a refusal for another reason. If both name their events in the same map,
// they become one.
func (r *Rejection) merge(other *Rejection) {
	if r.Map != other.Map {
		for _, more := range r.More {
			if more.Map == other.Map {
				more.merge(other)
				return
			}
		}
		r.More = append(r.More, other)
		return
	}
	for _, f := range other.Fields {
		for _, i := range f.Events {
			r.add(f.Field, i)
		}
	}
	for i := range r.Fields {
		slices.Sort(r.Fields[i].Events)
		r.Fields[i].Events = slices.Compact(r.Fields[i].Events)
	}
}

// names reports whether the refusal blames event i.
func (r *Rejection) names(i int) bool {
	for _, f := range r.Fields {
		if _, found := slices.BinarySearch(f.Events, i); found {
			return true
		}
	}
	return false
}

// report records that a field of event i offends.
func (r *Rejection) report(i int, fields Fields) {
	for _, f := range fieldNames {
		if fields&f.field != 0 {
			r.add(f.name, i)
		}
	}
}

func (r *Rejection) add(field string, i int) {
	for n := range r.Fields {
		if r.Fields[n].Field == field {
			r.Fields[n].Events = append(r.Fields[n].Events, i)
			return
		}
	}
	r.Fields = append(r.Fields, FieldError{field, []int{i}})
}
