package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/internal/printable"
)

const (
	// maxNamed is how many bad events of one reason are named one by one.
	maxNamed = 20
	// maxTypes is how many unknown types are named, each once.
	maxTypes = 200

	otherTypes = "(other types)"
)

// badInput names bad events: the first few of each reason and the first of each
// unknown type one by one, and the rest by number. Many events of one kind do not
// hide the others.
type badInput struct {
	mu    sync.Mutex // guards what follows
	out   io.Writer
	kinds map[badKind]int // events
}

// badKind is what is wrong with events.
type badKind struct {
	reason string
	typ    string // of an unknown type
}

func badKindOf(err error) badKind {
	if drop, ok := errors.AsType[*mapping.Drop](err); ok {
		if drop.Reason == mapping.UnknownType {
			return badKind{drop.Reason, fmt.Sprintf("%.80q", drop.Type)}
		}
		return badKind{reason: drop.Reason}
	}
	if unread, ok := errors.AsType[*currents.Error](err); ok {
		return badKind{reason: unread.Reason}
	}
	return badKind{reason: "unreadable"}
}

// named is how many events of this kind are named one by one.
func (k badKind) named() int {
	switch k.typ {
	case "":
		return maxNamed
	case otherTypes:
		return 0
	default:
		return 1
	}
}

// label begins the lines about events of this kind. Nothing is wrong with those that are
// dropped by choice or have nobody to be sent for.
func (k badKind) label() string {
	switch k.reason {
	case mapping.NotExported, mapping.NotSelected, mapping.Unaddressable:
		return "dropped"
	}
	return "bad input"
}

func (k badKind) String() string {
	if k.typ == "" {
		return k.reason
	}
	return k.reason + " " + k.typ
}

func (c *badInput) add(err error) {
	k := badKindOf(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kinds == nil {
		c.kinds = make(map[badKind]int)
	}
	if k.typ != "" && c.kinds[k] == 0 && len(c.kinds) >= maxTypes {
		k.typ = otherTypes
	}
	c.kinds[k]++
	if c.kinds[k] <= k.named() {
		fmt.Fprintf(c.out, "%s: %s\n", k.label(), printable.Text(err.Error()))
	}
}

// summarize prints the number of those that were not named.
func (c *badInput) summarize() {
	c.mu.Lock()
	defer c.mu.Unlock()
	kinds := slices.SortedFunc(maps.Keys(c.kinds), func(a, b badKind) int {
		return cmp.Or(cmp.Compare(a.reason, b.reason), cmp.Compare(a.typ, b.typ))
	})
	for _, k := range kinds {
		if more := c.kinds[k] - k.named(); more > 0 {
			fmt.Fprintf(c.out, "%s: %d more of the same kind: %s\n", k.label(), more, k)
		}
	}
}
