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
	// Confirmed reports whether the default is documented or was seen on a real
	// answer; otherwise it is a guess.
	Confirmed bool   `json:"confirmed"`
	Source    string `json:"source"`
	// Set is the value in force.
	Set string `json:"set,omitempty"`

	// free, if not nil, matches the texts that the switch takes besides its default.
	// Alternatives then describes them.
	free *regexp.Regexp
}

// takes reports whether a switch has a value.
func (r *Row) takes(value string) bool {
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
	if r == nil || len(r.Alternatives) == 0 {
		return b, fmt.Errorf("behavior %q: no such switch; the switches are %s", name, strings.Join(switches(), ", "))
	}
	if !r.takes(value) {
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
	if r := row(name); r == nil || !r.takes(value) {
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
		rows[i].Set = b.set(rows[i])
	}
	return rows
}

func switches() []string {
	var names []string
	for _, r := range table {
		if len(r.Alternatives) > 0 {
			names = append(names, r.Name)
		}
	}
	return names
}
