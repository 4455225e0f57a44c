package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// Format is the version of the results.json format; it rises when a reader of the
// older format would misread the newer one.
const Format = 2

// Outcome is what came of judging one requirement.
type Outcome = verdict.Outcome

// Outcomes.
const (
	Pass          = verdict.Pass
	Fail          = verdict.Fail
	Skip          = verdict.Skip
	Error         = verdict.Error
	NotRun        = verdict.NotRun
	NotClaimed    = verdict.NotClaimed
	NotArisen     = verdict.NotArisen
	NotObservable = verdict.NotObservable
)

// Results is the content of results.json.
type Results struct {
	Format    int     `json:"format"`
	Suite     Part    `json:"suite"`
	Subject   Subject `json:"subject"`
	Simulator Part    `json:"simulator"`
	// Currents is the version of Braze Currents whose event types are judged.
	Currents Currents `json:"currents,omitzero"`
	Config   Config   `json:"config,omitzero"`
	Clock    Clock    `json:"clock,omitzero"`
	// Limits tell how far pauses were compressed for the run.
	Limits      []Limit   `json:"limits,omitempty"`
	Seed        int64     `json:"seed"`
	LabelFilter string    `json:"label_filter,omitempty"`
	Started     time.Time `json:"started"`
	Seconds     float64   `json:"duration_seconds"`
	// Late is how late timers of the suite fired during the run, at the most.
	Late float64 `json:"timers_late_seconds,omitempty"`
	// Stopped is what stopped the run before all was judged: "signal hangup". Empty: nothing.
	Stopped string `json:"stopped,omitempty"`
	// Requirements are those the profile and the label filter select.
	Requirements []Row `json:"requirements"`
	// Digest covers everything; see Seal. Empty: not sealed.
	Digest string `json:"digest,omitempty"`
	// Recordings are the wire log the verdicts were derived from.
	Recordings []Recording `json:"recordings,omitempty"`
}

// Part names a piece of software that took part in the run.
type Part struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Currents is a version of Braze Currents.
type Currents struct {
	Version int    `json:"version"`
	Date    string `json:"date"`
}

// Subject names the exporter that was tested, and what it claims.
type Subject struct {
	Part
	Capabilities []string `json:"capabilities"`
	// EventTypes are the types it claims: names, "all" or "required". Empty means
	// the required ones, and nothing is said of others.
	EventTypes []string `json:"event_types,omitempty"`
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
	// Details holds every finding when Evidence has only the first.
	Details []string `json:"details,omitempty"`
	// Situation and Decides explain one that does not hold: what was posted and answered, and
	// what the verdict depends on.
	Situation string `json:"situation,omitempty"`
	Decides   string `json:"decides,omitempty"`
	// KnownFailing marks a requirement that must go on failing.
	KnownFailing bool `json:"known_failing,omitempty"`
	// Recordings name what it was judged by.
	Recordings []string `json:"recordings,omitempty"`
	// Spec is the full name of the spec that owns the requirement.
	Spec    string  `json:"spec,omitempty"`
	Seconds float64 `json:"duration_seconds"`
}

// NewRow makes the row of a requirement that has not been judged.
func NewRow(r requirement.Requirement) Row {
	return Row{ID: r.ID, Area: r.Area, Level: r.Level, Text: r.Text, Source: r.Source, Since: r.Since, Outcome: NotRun}
}

// Validate returns what is wrong with results that were read from elsewhere.
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
		case Pass, Fail, Skip, Error, NotClaimed, NotArisen, NotObservable:
			if row.Evidence == "" {
				return fmt.Errorf("requirement %q has a verdict without evidence", row.ID)
			}
		case NotRun:
		default:
			return fmt.Errorf("requirement %q has the unknown verdict %q", row.ID, row.Outcome)
		}
	}
	return r.validateRecordings()
}

// WithoutWireLog returns the results for those who want the verdicts and nothing to derive
// them from.
func (r Results) WithoutWireLog() Results {
	r.Recordings, r.Digest = nil, ""
	return r
}

// WriteJSON writes results.json, sealed: the head and the requirements indented,
// each recording on one line.
func (r Results) WriteJSON(w io.Writer) error {
	r, err := r.Seal()
	if err != nil {
		return err
	}
	recordings := r.Recordings
	r.Recordings = nil
	head, err := encoded(r, "  ")
	if err != nil {
		return err
	}
	if len(recordings) == 0 {
		_, err := w.Write(head)
		return err
	}
	text := bytes.NewBuffer(bytes.TrimSuffix(head, []byte("\n}\n")))
	text.WriteString(",\n  \"recordings\": [")
	for i, recording := range recordings {
		line, err := encoded(recording, "")
		if err != nil {
			return err
		}
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString("\n    ")
		text.Write(bytes.TrimSpace(line))
	}
	text.WriteString("\n  ]\n}\n")
	_, err = w.Write(text.Bytes())
	return err
}

func encoded(v any, indent string) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write results: %w", err)
	}
	return text.Bytes(), nil
}

// ReadJSON reads and validates results.json.
func ReadJSON(in io.Reader) (Results, error) {
	var r Results
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	err := d.Decode(&r)
	if errors.Is(err, io.EOF) {
		return r, errors.New("read results: the file is empty")
	}
	if err != nil {
		return r, fmt.Errorf("read results: %w", err)
	}
	return r, r.Validate()
}

// StoppedBy returns the results of a run that was stopped, unless all had been judged.
func (r Results) StoppedBy(cause error) Results {
	if slices.ContainsFunc(r.Requirements, func(row Row) bool { return row.Outcome == NotRun }) {
		r.Stopped = cause.Error()
	}
	return r
}
