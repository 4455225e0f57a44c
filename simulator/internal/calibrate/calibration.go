package calibrate

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/internal/regular"
)

// Schema is the version of the file.
const Schema = "ammeter/calibration/1"

// Verdict is what a run found out about a row.
type Verdict string

// Verdicts. The first three are observations.
const (
	Default     Verdict = "default"     // as the simulator's default
	Alternative Verdict = "alternative" // as an alternative of the table
	Differs     Verdict = "differs"     // something else

	NotObservable Verdict = "not_observable" // requests cannot show it, or not these
	NotMade       Verdict = "not_made"       // the probe could not be made as it was meant: no finding
	Failed        Verdict = "call_failed"    // there was no answer, or a server error
	NotAsked      Verdict = "not_asked"      // its probes were not wanted, or the run ended before
)

// Observed reports whether the verdict is an observation.
func (v Verdict) Observed() bool { return v == Default || v == Alternative || v == Differs }

// Calibration is the result of a run. It holds no key and no id but those of the test devices
// that the run made up.
type Calibration struct {
	Schema  string    `json:"schema"`
	Program string    `json:"program"`
	Date    time.Time `json:"date"`
	Host    string    `json:"host"`
	Region  string    `json:"region"`
	// Simulator is the version of a simulator that answered in place of the real service.
	Simulator string   `json:"simulator,omitempty"`
	Groups    []string `json:"groups"`
	Texts     bool     `json:"texts"`
	// Stopped is why the run ended early; empty for a whole run.
	Stopped string `json:"stopped,omitempty"`
	// Requests were sent, and Events of them accepted. Device is the test device that stays
	// in the project; those of single probes begin with its id.
	Requests int    `json:"requests"`
	Events   int    `json:"events"`
	Device   string `json:"device"`
	// Masked counts what was taken out of the evidence, by kind.
	Masked map[string]int `json:"masked"`
	// Limits are numbers that answers named, as the members of the simulator's limits.
	Limits map[string]int `json:"limits,omitempty"`
	Rows   []Row          `json:"rows"`
}

// Row is what the run found out about one row.
type Row struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	// Value is the default or the alternative that was seen.
	Value string `json:"value,omitempty"`
	Why   string `json:"why,omitempty"`
	// WouldShow is what shows a row that requests cannot show.
	WouldShow string     `json:"would_show,omitempty"`
	Evidence  []Evidence `json:"evidence,omitempty"`
}

// Evidence is one probe at one endpoint.
type Evidence struct {
	Probe    string `json:"probe"`
	Endpoint string `json:"endpoint,omitempty"`
	// Reading is the value that was read, or what happened.
	Reading string   `json:"reading"`
	Answers []Answer `json:"answers,omitempty"`
}

// Answer is an answer as evidence. Requests and Body are redacted and cut.
type Answer struct {
	Request string `json:"request"`
	Status  int    `json:"status"`
	Type    string `json:"content_type,omitempty"`
	Body    string `json:"body,omitempty"`
}

// Row returns the row of that name, or nil.
func (c *Calibration) Row(name string) *Row {
	for i := range c.Rows {
		if c.Rows[i].Name == name {
			return &c.Rows[i]
		}
	}
	return nil
}

// Observations is the number of rows that were observed.
func (c *Calibration) Observations() int {
	n := 0
	for _, r := range c.Rows {
		if r.Verdict.Observed() {
			n++
		}
	}
	return n
}

// Encode returns the calibration as a file.
func (c *Calibration) Encode() ([]byte, error) {
	text, err := json.Marshal(c, json.Deterministic(true), jsontext.WithIndent("  "))
	if err != nil {
		return nil, fmt.Errorf("encode calibration: %w", err)
	}
	return append(text, '\n'), nil
}

// Read reads a calibration from a file.
func Read(path string) (*Calibration, error) {
	text, err := regular.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read calibration: %w", err)
	}
	c, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func decode(text []byte) (*Calibration, error) {
	var c Calibration
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("this is no calibration: the file is empty")
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("this is no calibration: %w", err)
	}
	switch {
	case c.Schema != Schema:
		return nil, fmt.Errorf("schema %q: want %q, which amplitude-simulator calibrate writes", c.Schema, Schema)
	case len(c.Rows) == 0:
		return nil, errors.New("it has no rows")
	}
	return &c, nil
}
