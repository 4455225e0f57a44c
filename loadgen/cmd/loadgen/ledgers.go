package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/loadgen"
)

// difference lists the lines of two ledgers' JSON that are not the same.
func difference(a, b *loadgen.Ledger) string {
	var out strings.Builder
	left, right := ledgerLines(a), ledgerLines(b)
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		if l != r {
			fmt.Fprintf(&out, "- %s\n+ %s\n", l, r)
		}
	}
	return out.String()
}

func ledgerLines(l *loadgen.Ledger) []string {
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil { // it is plain data
		return []string{err.Error()}
	}
	return strings.Split(string(text), "\n")
}
