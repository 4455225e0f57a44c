package mutant

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/exporter"
)

// Mutant is our exporter with one defect, or a variant without one.
type Mutant struct {
	Name string
	// Defect says in a sentence what it does wrong; for a variant, what it does
	// differently.
	Defect string
	// Like names the known bug it repeats: M1 to M25 of the catalog in list.go.
	Like string
	// Variant marks one that is unusual and conforms all the same.
	Variant bool
	// Mapping marks a defect that shows in single events, whatever the traffic.
	Mapping bool

	// Quits marks one that ends when it is stopped, or with its input, whatever it holds.
	Quits bool

	// Acted is called whenever the defect changes, repeats, swallows or delays something, from
	// any goroutine. Optional.
	Acted func()

	// config spoils the configuration.
	config func(*exporter.Config)
	// event spoils a mapped event on its way out, given the Currents event that
	// it was made of.
	event func(event, currents object)
	// upload wraps the sending of uploads, post the taking of posts.
	upload func(*harness, sender) sender
	post   func(*harness, http.Handler) http.Handler
}

// All lists the mutants by name; those that lack a property of an event type last.
func All() []Mutant {
	var all []Mutant
	for _, group := range [][]Mutant{
		names, identity, values, drops, throttling, quota, key, retrying, foreign, refusing, batching, intake, reading, crash, variants,
	} {
		all = append(all, group...)
	}
	slices.SortFunc(all, func(a, b Mutant) int { return strings.Compare(a.Name, b.Name) })
	return append(all, lacking()...)
}

// Lookup finds a mutant by its name.
func Lookup(name string) (Mutant, error) {
	all := All()
	i := slices.IndexFunc(all, func(m Mutant) bool { return m.Name == name })
	if i < 0 {
		return Mutant{}, fmt.Errorf("there is no mutant %q: see --list", name)
	}
	return all[i], nil
}
