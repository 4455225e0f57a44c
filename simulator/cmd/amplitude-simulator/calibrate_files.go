package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/regular"
	"github.com/ammeter/ammeter/simulator/internal/calibrate"
)

// calibrateCompare is the command that compares two calibrations.
type calibrateCompare struct {
	Before string `arg:"" type:"path" placeholder:"A.json" help:"One calibration."`
	After  string `arg:"" type:"path" placeholder:"B.json" help:"Another one, of another project, region or date."`
}

// errDiffer is returned when two calibrations are not the same.
var errDiffer = errors.New("the calibrations differ")

// Run prints what differs.
func (c *calibrateCompare) Run(out streams) error {
	before, err := calibrate.Read(c.Before)
	if err != nil {
		return usageError{err}
	}
	after, err := calibrate.Read(c.After)
	if err != nil {
		return usageError{err}
	}
	changed, onlyBefore, onlyAfter := calibrate.Compare(before, after)
	var text strings.Builder
	fmt.Fprintf(&text, "A: %s\nB: %s\n", origin(before), origin(after))
	for _, d := range changed {
		fmt.Fprintf(&text, "%s\n  A: %s\n  B: %s\n", d.Row, d.Before, d.After)
	}
	for i, rows := range [][]string{onlyBefore, onlyAfter} {
		if len(rows) > 0 {
			fmt.Fprintf(&text, "Observed in %c only: %s\n", 'A'+i, strings.Join(rows, ", "))
		}
	}
	fmt.Fprintf(&text, "Rows that differ: %d.\n", len(changed))
	if _, err := fmt.Fprint(out.out, text.String()); err != nil {
		return err
	}
	if len(changed) > 0 {
		return errDiffer
	}
	return nil
}

// origin says where a calibration is from.
func origin(c *calibrate.Calibration) string {
	text := fmt.Sprintf("%s, %s, region %s", c.Date.Format("2006-01-02"), c.Host, c.Region)
	if c.Simulator != "" {
		text += ", a simulator"
	}
	return text
}

// calibrateContribute is the command that writes measurements for the fidelity table.
type calibrateContribute struct {
	Calibration string `arg:"" type:"path" placeholder:"calibration.json" help:"The calibration."`
	By          string `required:"" placeholder:"NAME" help:"Who measured, as it is to be shown."`
	Out         string `type:"path" placeholder:"FILE" help:"File to write; one that is there is not replaced. Default: REGION-DATE.json in this directory."`
}

// Run writes the file.
func (c *calibrateContribute) Run(out streams) error {
	result, err := calibrate.Read(c.Calibration)
	if err != nil {
		return usageError{err}
	}
	text, err := result.Contribute(c.By)
	if err != nil {
		return err
	}
	path := c.Out
	if path == "" {
		path = fmt.Sprintf("%s-%s.json", result.Region, result.Date.Format("2006-01-02"))
	}
	if err := regular.Absent(path); err != nil {
		return usageError{fmt.Errorf("--out %w", err)}
	}
	if err := writeWhole(path, text); err != nil {
		return fmt.Errorf("write measurements: %w", err)
	}
	_, err = fmt.Fprintf(out.out, "Written: %s, with %s. Look at it, and send it for simulator/internal/fidelity/measurements.\n", path, plural.Of(result.Observations(), "row"))
	return err
}
