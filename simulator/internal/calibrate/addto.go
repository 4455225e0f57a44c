package calibrate

import (
	"slices"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
)

// AddTo adds what was observed to rows of the table, as their newest measurement. What was
// seen of a simulator is shown and makes no row measured.
func (c *Calibration) AddTo(rows []fidelity.Row) {
	for i := range rows {
		seen := c.Row(rows[i].Name)
		if seen == nil || !seen.Verdict.Observed() {
			continue
		}
		m := fidelity.Measurement{Value: seen.Value, By: "this calibration", Date: c.Date, Region: c.Region}
		if seen.Verdict == Differs {
			m.Else = seen.Why
		}
		if c.Simulator != "" {
			m.By = "this calibration of a simulator, which is no measurement"
		} else {
			rows[i].Known = fidelity.Measured
		}
		rows[i].Measured = slices.Concat([]fidelity.Measurement{m}, rows[i].Measured)
	}
}
