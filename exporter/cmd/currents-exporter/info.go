package main

import (
	"fmt"

	"github.com/ammeter/ammeter/exporter"
)

type typesCommand struct{}

// Run lists the types, one a line.
func (typesCommand) Run(s streams) error {
	for _, name := range exporter.Types() {
		if _, err := fmt.Fprintln(s.out, name); err != nil {
			return err
		}
	}
	return nil
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprintf(s.out, "currents-exporter %s\n", version)
	return err
}
