package calibrate

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// Contribute returns the file of measurements that can be added to the table: the observed
// values, who measured, when and in which region, and nothing of the project or its host.
func (c *Calibration) Contribute(by string) ([]byte, error) {
	if c.Simulator != "" {
		return nil, errors.New("a simulator was measured, not the real service: its behavior is no measurement")
	}
	file := fidelity.MeasurementFile{
		Schema: fidelity.MeasurementSchema, By: strings.TrimSpace(by), Date: c.Date.UTC().Truncate(24 * time.Hour), Region: c.Region, Program: c.Program,
		Rows: map[string]string{}, Else: map[string]string{},
	}
	for _, r := range c.Rows {
		if r.Verdict == Differs {
			file.Else[r.Name] = r.Why
		} else if r.Verdict.Observed() {
			file.Rows[r.Name] = r.Value
		}
	}
	if err := file.Check(); err != nil {
		return nil, fmt.Errorf("contribute: %w", err)
	}
	text, err := json.Marshal(file, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return nil, fmt.Errorf("contribute: %w", err)
	}
	return append(text, '\n'), nil
}
