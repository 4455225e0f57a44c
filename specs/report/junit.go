package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/internal/junit"
)

// WriteJUnit writes junit.xml: one test case for each requirement. A SHOULD or MAY
// that does not hold is a skipped case there, because CI systems know no warning
// and would fail the build of a conformant exporter; so is one that is known to
// fail. One that is known to fail and passes is a failure.
func (r Results) WriteJUnit(w io.Writer) error {
	suite := junit.Suite{
		Name: r.Suite.Name + " conformance of " + r.Subject.Name, Time: seconds(r.Seconds),
		Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: []junit.Property{
			{Name: "suite", Value: r.Suite.Version},
			{Name: "subject", Value: r.Subject.Name + " " + r.Subject.Version},
			{Name: "simulator", Value: r.Simulator.Name + " " + r.Simulator.Version},
			{Name: "currents", Value: currentsText(r.Currents)},
			{Name: "seed", Value: strconv.FormatInt(r.Seed, 10)},
		},
	}
	for _, row := range r.Requirements {
		suite.Add(row.testCase())
	}
	return junit.Write(w, suite)
}

// testCase is the row as a test case.
func (row Row) testCase() junit.Case {
	c := junit.Case{Name: row.ID + " " + row.Text, Class: row.Area, Time: seconds(row.Seconds)}
	p := &junit.Problem{Message: row.Evidence, Type: string(row.Level), Text: strings.Join(row.Details, "\n")}
	switch {
	case row.Outcome == Pass && row.KnownFailing:
		p.Message = "known to fail, but passes: take it off the list. " + p.Message
		c.Failure = p
	case row.Outcome == Pass:
		c.Out = row.Evidence
	case row.Outcome == Error:
		c.Error = p
	case row.Outcome == Fail && row.Level == "MUST" && !row.KnownFailing:
		c.Failure = p
	default:
		c.Skipped = p
	}
	return c
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
