package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/loadgen"
)

// again plays a scenario a second time and compares the ledgers.
func (f *stageFlags) again(ctx context.Context, std streams, first *played) error {
	second := f.play(ctx, std, first.scenario)
	if err := second.judge(); err != nil {
		return fmt.Errorf("second time: %w", err)
	}
	if diff := difference(first.summary.Ledger, second.summary.Ledger); diff != "" {
		return exit{exitFailed, fmt.Errorf("%s: the second ledger differs from the first:\n%s", first.scenario.Name, diff)}
	}
	return nil
}

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
