package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/simulator"
)

// fidelity is the command that prints the fidelity table.
type fidelity struct {
	JSON bool `help:"Print JSON instead of text."`
}

// Run prints the table.
func (f *fidelity) Run(to streams) error {
	stdout := to.out
	rows := simulator.Fidelity()
	if f.JSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(rows)
	}
	for _, r := range rows {
		choice := r.Default
		if len(r.Alternatives) > 0 {
			choice = "[" + r.Default + "] or " + strings.Join(r.Alternatives, " or ")
		}
		if _, err := fmt.Fprintf(stdout, "%-24s %-9s  %s\n%34s  %s\n", r.Name, r.Known, choice, "", r.Source); err != nil {
			return err
		}
	}
	return nil
}
