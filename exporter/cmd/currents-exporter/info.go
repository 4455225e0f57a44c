package main

import (
	"encoding/json"
	"fmt"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/version"
)

type typesCommand struct {
	Output string `enum:"text,json" default:"text" help:"What to print: text, one type a line, or json."`
}

// Run lists the types, one a line. The version goes to stderr, so that the list
// can be passed on.
func (c typesCommand) Run(s streams) error {
	types := exporter.Types()
	if c.Output == "json" {
		return json.NewEncoder(s.out).Encode(struct {
			Version int      `json:"currents_version"`
			Date    string   `json:"currents_date"`
			Types   []string `json:"types"`
		}{exporter.CurrentsVersion, exporter.CurrentsDate, types})
	}
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
