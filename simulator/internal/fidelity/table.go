// Package fidelity is the one list of what the simulator does where the
// documentation is silent, contradicts itself or was confirmed by real answers.
// Rows with alternatives are switches.
package fidelity

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Row is one behavior.
type Row struct {
	Name    string `json:"name"`
	Default string `json:"default"`
	// Alternatives to the default; none means that the behavior is fixed.
	Alternatives []string `json:"alternatives,omitempty"`
	// Known says how well the behavior is known. It is filled in by Behavior.Rows.
	Known Known `json:"known"`
	// Measured are the contributed measurements of the row, the newest first.
	Measured []Measurement `json:"measured,omitempty"`
	Source   string        `json:"source"`
	// Set is the value in force.
	Set string `json:"set,omitempty"`

	// Published reports whether a page states the default or a real answer that shows it
	// was quoted in public.
	Published bool `json:"-"`

	// free, if not nil, matches the texts that the switch takes besides its default.
	// Alternatives then describes them.
	free *regexp.Regexp
}

// Known says how well a behavior is known.
type Known string

// Values of Known, the best first.
const (
	// Measured: calibrate saw it at the real service, and the measurement was contributed.
	Measured Known = "measured"
	// Published: a page says so, or a real answer was quoted in public.
	Published Known = "published"
	// Guess: neither.
	Guess Known = "guess"
)

// known is how well the row is known.
func (r *Row) known() Known {
	switch {
	case len(r.Measured) > 0:
		return Measured
	case r.Published:
		return Published
	}
	return Guess
}

// Switch reports whether the row has alternatives to choose from.
func (r *Row) Switch() bool { return len(r.Alternatives) > 0 }

// Free reports whether the switch takes texts besides those of its alternatives.
func (r *Row) Free() bool { return r.free != nil }

// Takes reports whether a switch has a value.
func (r *Row) Takes(value string) bool {
	if r.free != nil {
		return r.free.MatchString(value)
	}
	return value == r.Default || slices.Contains(r.Alternatives, value)
}

// Behavior is a choice for every switch. The zero value chooses the defaults.
type Behavior struct{ chosen map[string]string }

// With returns a copy in which a switch has another value.
func (b Behavior) With(name, value string) (Behavior, error) {
	r := row(name)
	if r == nil || !r.Switch() {
		return b, fmt.Errorf("behavior %q: no such switch; the switches are %s", name, strings.Join(switches(), ", "))
	}
	if !r.Takes(value) {
		values := append([]string{r.Default}, r.Alternatives...)
		return b, fmt.Errorf("behavior %s=%q: want %s", name, value, strings.Join(values, " or "))
	}
	chosen := maps.Clone(b.chosen)
	if chosen == nil {
		chosen = map[string]string{}
	}
	chosen[name] = value
	return Behavior{chosen}, nil
}

// Is reports whether a switch has a value. It panics if there is no such switch or value,
// so that a misspelled name cannot hide.
func (b Behavior) Is(name, value string) bool {
	if r := row(name); r == nil || !r.Takes(value) {
		panic("fidelity: no row " + name + " with the value " + value)
	}
	return b.Get(name) == value
}

// Get is the value of a switch. It panics if there is no such switch.
func (b Behavior) Get(name string) string {
	r := row(name)
	if r == nil {
		panic("fidelity: no row " + name)
	}
	return b.set(*r)
}

// set is the value in force of a row.
func (b Behavior) set(r Row) string {
	if chosen, ok := b.chosen[r.Name]; ok {
		return chosen
	}
	return r.Default
}

// row is the row of that name, or nil.
func row(name string) *Row {
	i := slices.IndexFunc(table, func(r Row) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return &table[i]
}

// Rows lists all behaviors with the values in force.
func (b Behavior) Rows() []Row {
	rows := slices.Clone(table)
	for i := range rows {
		rows[i] = b.complete(rows[i])
	}
	return rows
}

// complete is a row with how well it is known and the value in force.
func (b Behavior) complete(r Row) Row {
	r.Measured = contributed[r.Name]
	r.Known, r.Set = r.known(), b.set(r)
	return r
}

func switches() []string {
	var names []string
	for _, r := range table {
		if r.Switch() {
			names = append(names, r.Name)
		}
	}
	return names
}
