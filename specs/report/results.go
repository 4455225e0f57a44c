package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ammeter/ammeter/specs/requirement"
)

// Format is the version of the results.json format; it rises when a reader of the
// older format would misread the newer one.
const Format = 1

// Outcome is the verdict on one requirement.
type Outcome string

// Outcomes. Error: the harness broke before it could judge. NotRun: the run ended
// before the spec's turn came.
const (
	Pass   Outcome = "pass"
	Fail   Outcome = "fail"
	Skip   Outcome = "skip"
	Error  Outcome = "error"
	NotRun Outcome = "not_run"
)

// Results is the content of results.json.
type Results struct {
	Format      int       `json:"format"`
	Suite       Part      `json:"suite"`
	Subject     Subject   `json:"subject"`
	Simulator   Part      `json:"simulator"`
	Seed        int64     `json:"seed"`
	LabelFilter string    `json:"label_filter,omitempty"`
	Started     time.Time `json:"started"`
	Seconds     float64   `json:"duration_seconds"`
	// Requirements are those the label filter selects; without a filter all.
	Requirements []Row `json:"requirements"`
}

// Part names a piece of software that took part in the run.
type Part struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Subject names the exporter that was tested, and what it claims.
type Subject struct {
	Part
	Capabilities []string `json:"capabilities"`
}

// Row is the verdict on one requirement.
type Row struct {
	ID       string            `json:"id"`
	Area     string            `json:"area"`
	Level    requirement.Level `json:"level"`
	Text     string            `json:"text"`
	Source   string            `json:"source"`
	Since    string            `json:"since"`
	Outcome  Outcome           `json:"verdict"`
	Evidence string            `json:"evidence"`
	// Details holds every finding when Evidence tells only the first.
	Details []string `json:"details,omitempty"`
	// Spec is the full name of the spec that owns the requirement.
	Spec    string  `json:"spec,omitempty"`
	Seconds float64 `json:"duration_seconds"`
}

// Blank makes the row of a requirement that has not been judged.
func Blank(r requirement.Requirement) Row {
	return Row{ID: r.ID, Area: r.Area, Level: r.Level, Text: r.Text, Source: r.Source, Since: r.Since, Outcome: NotRun}
}

// Validate tells what is wrong with results that were read from elsewhere.
func (r Results) Validate() error {
	if r.Format != Format {
		return fmt.Errorf("results have format %d, this is format %d", r.Format, Format)
	}
	if r.Suite.Name == "" || r.Subject.Name == "" {
		return errors.New("results name no suite or no subject")
	}
	if r.Started.IsZero() || r.Seconds < 0 {
		return errors.New("results tell no start or a negative duration")
	}
	seen := map[string]bool{}
	for _, row := range r.Requirements {
		if seen[row.ID] {
			return fmt.Errorf("requirement %q appears twice", row.ID)
		}
		seen[row.ID] = true
		known, ok := requirement.Lookup(row.ID)
		if !ok {
			return fmt.Errorf("requirement %q is not in the catalog", row.ID)
		}
		if known.Level != row.Level {
			return fmt.Errorf("requirement %q has level %q, in the catalog %q", row.ID, row.Level, known.Level)
		}
		switch row.Outcome {
		case Pass, Fail, Skip, Error:
			if row.Evidence == "" {
				return fmt.Errorf("requirement %q has a verdict without evidence", row.ID)
			}
		case NotRun:
		default:
			return fmt.Errorf("requirement %q has the unknown verdict %q", row.ID, row.Outcome)
		}
	}
	return nil
}

// WriteJSON writes results.json.
func (r Results) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// ReadJSON reads and validates results.json.
func ReadJSON(in io.Reader) (Results, error) {
	var r Results
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("read results: %w", err)
	}
	return r, r.Validate()
}
