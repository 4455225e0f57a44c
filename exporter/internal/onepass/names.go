package onepass

import (
	"bytes"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// maxNames bounds the names that are learned; Currents has a few hundred in all.
const maxNames = 4096

// propertiesName is the place of "properties" among all names.
const propertiesName = 0

// level is where in a record an object stands.
type level uint8

const (
	levelTop        level = iota
	levelUser             // the object "user" of Custom HTTP
	levelProperties       // the object "properties" of Custom HTTP
	levels
)

// part is what a member means beside its role.
type part uint8

const (
	partNone       part = iota
	partUser            // user: an object in Custom HTTP
	partProperties      // properties
	partCustom          // custom_properties or purchase_properties: in properties they are the custom ones
	partString          // string: Avro's wrapper of a text
	partEvents          // events: a list of events in place of one
)

// name is a name that members of records have.
type name struct {
	text  string         // `"card_id":`
	role  currents.Role  // at the top
	part  part           // in Custom HTTP
	next  int            // the name that followed it last time
	seen  [levels]uint64 // the last record that had it at a level
	plain string         // card_id
}

// names are all names seen so far, by the order in which they appeared, and where events
// of a type have them.
type names struct {
	all    []name
	byText map[string]int // without the colon
	last   int            // the name that was found last
	record uint64         // counts records
	routes map[*mapping.Type][]*mapping.Route
}

func newNames() names {
	n := names{byText: make(map[string]int), routes: make(map[*mapping.Type][]*mapping.Route)}
	n.learn([]byte(`"properties"`))
	return n
}

// expected returns the name that text begins with if it is the one that followed the
// last name before, with nothing between it and its colon.
func (n *names) expected(text []byte) (found int, ok bool) {
	next := n.all[n.last].next
	expected := n.all[next].text
	return next, len(text) >= len(expected) && string(text[:len(expected)]) == expected
}

// find returns the place of a name, which comes in quotes; -1 if there are too many.
func (n *names) find(quoted []byte) int {
	found, ok := n.byText[string(quoted)]
	if !ok {
		if len(n.all) == maxNames {
			return -1
		}
		found = n.learn(bytes.Clone(quoted))
	}
	n.all[n.last].next = found
	return found
}

func (n *names) learn(quoted []byte) int {
	plain := string(quoted[1 : len(quoted)-1])
	learned := name{text: string(quoted) + ":", plain: plain, role: currents.RoleOf(plain)}
	switch plain {
	case "user":
		learned.part = partUser
	case "properties":
		learned.part = partProperties
	case "custom_properties", "purchase_properties":
		learned.part = partCustom
	case "string":
		learned.part = partString
	case "events":
		learned.part = partEvents
	}
	n.byText[string(quoted)] = len(n.all)
	n.all = append(n.all, learned)
	return len(n.all) - 1
}

// take makes the name the last one. It returns false if the object at the level has it
// already.
func (n *names) take(found int, at level) bool {
	n.last = found
	seen := &n.all[found].seen[at]
	if *seen == n.record {
		return false
	}
	*seen = n.record
	return true
}

// of returns the routes of all names in events of a type, nil for those that are not sent.
func (n *names) of(t *mapping.Type) []*mapping.Route {
	routes := n.routes[t]
	if len(routes) == len(n.all) {
		return routes
	}
	for _, name := range n.all[len(routes):] {
		routes = append(routes, t.Routes[name.plain])
	}
	n.routes[t] = routes
	return routes
}
