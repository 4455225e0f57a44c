package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

func indented(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e
}

// listed is the format of a line of --list.
const listed = "%-52v  %-6v  %-10v  %v\n"

// list writes a line for each requirement.
func list(w io.Writer, all []requirement.Requirement, output string) error {
	if output == "json" {
		return indented(w).Encode(all)
	}
	if _, err := fmt.Fprintf(w, listed, "REQUIREMENT", "LEVEL", "AREA", "TEXT"); err != nil {
		return err
	}
	for _, r := range all {
		if _, err := fmt.Fprintf(w, listed, r.ID, r.Level, r.Area, r.Text); err != nil {
			return err
		}
	}
	return nil
}

// explain writes everything the catalog knows of a requirement.
func explain(w io.Writer, id, output string) (int, error) {
	r, ok := requirement.Lookup(id)
	if !ok {
		return report.ExitUsage, fmt.Errorf("there is no requirement %q: see --list", id)
	}
	if output == "json" {
		err := indented(w).Encode(specs.Explain(r))
		return exitCode(err), err
	}
	x := specs.Explain(r)
	_, err := fmt.Fprintf(w, "%s  %s  %s\n\n%s\n\nsituation   %s\nholds if    %s\nsource      %s\nsince       %s\n",
		r.ID, r.Level, r.Area, r.Text, x.Situation, x.Decides, r.Source, r.Since)
	if err == nil && r.Capability != "" {
		_, err = fmt.Fprintf(w, "capability  %s\n", r.Capability)
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "run it      conformance --subject subject.yaml --label-filter req:%s\n", r.ID)
	}
	return exitCode(err), err
}
