package exporter

import (
	"strings"
	"sync"
)

const (
	// maxTypeNames bounds the names of types that are counted one by one, and
	// maxTypeName the length of one: both come from outside.
	maxTypeNames = 200
	maxTypeName  = 100

	otherTypes = "(other types)"
	noType     = "(no type)"
)

// typeNames are the names under which events are counted by type. The zero value
// is ready.
type typeNames struct {
	mu    sync.Mutex // guards known
	known map[string]bool
}

// name returns the name to count a type under. One type has the same name as long
// as the process lives, so that a count can be taken back.
func (t *typeNames) name(typ string) string {
	if typ == "" {
		return noType
	}
	name := printable(typ, maxTypeName)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known[name] {
		return name
	}
	if len(t.known) >= maxTypeNames {
		return otherTypes
	}
	if t.known == nil {
		t.known = make(map[string]bool)
	}
	name = strings.Clone(name) // the name may be a part of a whole post
	t.known[name] = true
	return name
}

// learn registers names that the ledger of an earlier process counts under.
func (t *typeNames) learn(column map[string]int64) {
	for name := range column {
		if name != otherTypes && name != noType {
			t.name(name)
		}
	}
}

// printable returns text from outside in a form that can be printed: at most n
// bytes, and a question mark for what is not printable ASCII.
func printable(text string, n int) string {
	cut := len(text) > n
	if cut {
		text = text[:n]
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
	if cut {
		return text + "..."
	}
	return text
}
