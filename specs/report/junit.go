package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

type testSuites struct {
	XMLName xml.Name    `xml:"testsuites"`
	Suites  []testSuite `xml:"testsuite"`
}

type testSuite struct {
	Name       string     `xml:"name,attr"`
	Tests      int        `xml:"tests,attr"`
	Failures   int        `xml:"failures,attr"`
	Errors     int        `xml:"errors,attr"`
	Skipped    int        `xml:"skipped,attr"`
	Time       string     `xml:"time,attr"`
	Timestamp  string     `xml:"timestamp,attr"`
	Properties []property `xml:"properties>property"`
	Cases      []testCase `xml:"testcase"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type testCase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	Time    string   `xml:"time,attr"`
	Failure *problem `xml:"failure"`
	Error   *problem `xml:"error"`
	Skipped *problem `xml:"skipped"`
	Out     string   `xml:"system-out,omitempty"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes junit.xml: one test case for each requirement. A SHOULD or MAY
// that does not hold is a skipped case there, because CI systems know no warning
// and would fail the build of a conformant exporter; so is one that is known to
// fail. One that is known to fail and passes is a failure.
func (r Results) WriteJUnit(w io.Writer) error {
	suite := testSuite{
		Name: r.Suite.Name + " conformance of " + r.Subject.Name, Time: seconds(r.Seconds),
		Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05"),
		Properties: []property{
			{"suite", r.Suite.Version},
			{"subject", r.Subject.Name + " " + r.Subject.Version},
			{"simulator", r.Simulator.Name + " " + r.Simulator.Version},
			{"seed", strconv.FormatInt(r.Seed, 10)},
		},
	}
	for _, row := range r.Requirements {
		suite.add(row)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(testSuites{Suites: []testSuite{suite}}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *testSuite) add(row Row) {
	c := testCase{Name: row.ID + " " + row.Text, Class: row.Area, Time: seconds(row.Seconds)}
	p := &problem{Message: row.Evidence, Type: string(row.Level), Text: strings.Join(row.Details, "\n")}
	s.Tests++
	switch {
	case row.Outcome == Pass && row.KnownFailing:
		p.Message = "known to fail, but passes: take it off the list. " + p.Message
		c.Failure = p
		s.Failures++
	case row.Outcome == Pass:
		c.Out = row.Evidence
	case row.Outcome == Error:
		c.Error = p
		s.Errors++
	case row.Outcome == Fail && row.Level == "MUST" && !row.KnownFailing:
		c.Failure = p
		s.Failures++
	default:
		c.Skipped = p
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", s) }
