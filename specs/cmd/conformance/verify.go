package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
)

type verifyCommand struct {
	Results string `arg:"" type:"path" placeholder:"FILE" help:"The results.json of a report, or its directory."`
}

const aboutVerify = `Derives the verdicts of a report again from the wire log in it.

Example:
  conformance verify report/results.json

Exit codes: 0 every verdict follows from the wire log, 1 one does not or a digest is
wrong, 2 usage, 3 there is nothing to derive from.`

func (c verifyCommand) run(ctx context.Context, s streams) (int, error) {
	results, err := readReport(c.Results)
	if err != nil {
		return report.ExitUsage, err
	}
	v, err := specs.Verify(ctx, results)
	if err != nil {
		return report.ExitHarness, err
	}
	for _, d := range v.Differences {
		fmt.Fprintln(s.out, printable.Line(d))
	}
	if len(v.Open) > 0 {
		fmt.Fprintf(s.out, "not judged, so there is nothing to derive: %s\n", printable.Line(strings.Join(v.Open, " ")))
	}
	fmt.Fprintf(s.out, "%s: %d verdicts follow from the wire log, %d differences, %d not judged\n",
		printable.Line(results.Subject.Name), v.Derived, len(v.Differences), len(v.Open))
	if len(v.Differences) > 0 {
		return report.ExitFailed, nil
	}
	return report.ExitConformant, nil
}
