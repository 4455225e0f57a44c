package calibrate

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// Behavior returns the configuration file of a simulator that behaves as was observed: all
// switches that were seen, those at their default too, and the limits that answers named.
func (c *Calibration) Behavior() ([]byte, error) {
	chosen := yaml.MapSlice{}
	for _, row := range (fidelity.Behavior{}).Rows() {
		if seen := c.Row(row.Name); seen != nil && row.Switch() && (seen.Verdict == Default || seen.Verdict == Alternative) {
			chosen = append(chosen, yaml.MapItem{Key: row.Name, Value: seen.Value})
		}
	}
	file := yaml.MapSlice{{Key: "behavior", Value: chosen}}
	if len(c.Limits) > 0 {
		file = append(file, yaml.MapItem{Key: "limits", Value: c.Limits})
	}
	text, err := yaml.Marshal(file)
	if err != nil {
		return nil, fmt.Errorf("encode behavior: %w", err)
	}
	head := fmt.Sprintf("# Observed on %s in the region %s by amplitude-simulator calibrate. Use it with: amplitude-simulator --config FILE\n",
		c.Date.Format(time.DateOnly), c.Region)
	if c.Stopped != "" {
		head += "# The run was not finished: what is not named here is at its default.\n"
	}
	return append([]byte(head), text...), nil
}
