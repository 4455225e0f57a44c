package main

import (
	"fmt"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/version"
)

type typesCommand struct{}

// Run lists the types, one a line. The version goes to stderr, so that the list
// can be passed on.
func (typesCommand) Run(s streams) error {
	types := exporter.Types()
	for _, name := range types {
		if _, err := fmt.Fprintln(s.out, name); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.err, "%d event types, as of Currents v%d (%s)\n",
		len(types), exporter.CurrentsVersion, exporter.CurrentsDate)
	return err
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, versionText())
	return err
}

func versionText() string {
	return version.Text("currents-exporter", fmt.Sprintf("Currents v%d (%s)", exporter.CurrentsVersion, exporter.CurrentsDate))
}
