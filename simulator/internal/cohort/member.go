// Package cohort is the sending side of Amplitude's cohort sync: cohorts that a
// test defines, and the runs that bring their names and members to a partner with
// an API like that of Braze.
//
// What to send and when is decided without I/O and clock (Acked, Sync, Due);
// Registry does the sending. Package braze is the other end; the two share no
// type of the wire, so that a mistake in one shows.
package cohort

import (
	"cmp"
	"strings"
)

// Kind of an id.
type Kind uint8

// Kinds.
const (
	User Kind = iota
	Device
)

// ID is a member of a cohort.
type ID struct {
	Kind  Kind
	Value string
}

func compare(a, b ID) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value))
}

// Set is the members of a cohort.
type Set map[ID]struct{}

// Add adds ids of a kind.
func (s Set) Add(kind Kind, values []string) {
	for _, v := range values {
		s[ID{kind, v}] = struct{}{}
	}
}

// Remove removes ids of a kind.
func (s Set) Remove(kind Kind, values []string) {
	for _, v := range values {
		delete(s, ID{kind, v})
	}
}
