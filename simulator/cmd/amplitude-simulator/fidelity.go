package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/internal/calibrate"
)

// fidelity is the command that prints the fidelity table.
type fidelity struct {
	Output      string `enum:"text,json" default:"text" help:"What to print: text or json."`
	Calibration string `type:"path" placeholder:"FILE" help:"Show also what a calibration.json says about each row."`
}

// Run prints the table.
func (f *fidelity) Run(to streams) error {
	rows := simulator.Fidelity()
	if f.Calibration != "" {
		own, err := calibrate.Read(f.Calibration)
		if err != nil {
			return usageError{err}
		}
		own.AddTo(rows)
	}
	if f.Output == "json" {
		enc := json.NewEncoder(to.out)
		enc.SetIndent("", "  ")
		return enc.Encode(rows)
	}
	const row = "%-25s %-9s  %s\n%37s%s\n"
	if _, err := fmt.Fprintf(to.out, row, "BEHAVIOR", "KNOWN", "[DEFAULT] OR ALTERNATIVES", "", "SOURCE"); err != nil {
		return err
	}
	now := time.Now() //nolint:forbidigo // outermost layer: measurements grow old in real time
	for i := range rows {
		r := &rows[i]
		choice := r.Default
		if r.Switch() {
			choice = "[" + r.Default + "] or " + strings.Join(r.Alternatives, " or ")
		}
		text := fmt.Sprintf(row, r.Name, r.Known, choice, "", r.Source)
		if len(r.Measured) > 0 {
			text += fmt.Sprintf("%37s%s\n", "", r.Measured[0].Text(r.Default, now))
		}
		if _, err := fmt.Fprint(to.out, text); err != nil {
			return err
		}
	}
	return nil
}
