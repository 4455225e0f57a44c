package fidelity

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// MeasurementSchema is the version of the files in measurements.
const MeasurementSchema = "ammeter/measurement/1"

// old is the age from which on a measurement should be repeated. Services change.
const old = 365 * 24 * time.Hour

// Measurement is what somebody's calibration found out about one row.
type Measurement struct {
	// Value is the one that the service was seen to have. It is empty if that is neither
	// the default nor an alternative; Else then says what it was.
	Value string    `json:"value,omitempty"`
	Else  string    `json:"else,omitempty"`
	By    string    `json:"by"`
	Date  time.Time `json:"date"`
	// Region is "us" or "eu".
	Region string `json:"region"`
}

// Old reports whether the measurement should be repeated.
func (m Measurement) Old(now time.Time) bool { return now.Sub(m.Date) > old }

// Text is the measurement in words, beside the default of its row.
func (m Measurement) Text(def string, now time.Time) string {
	text := "confirmed on "
	if m.Value != def {
		text = "seen otherwise on "
	}
	text += fmt.Sprintf("%s, region %s, by %s", m.Date.Format(time.DateOnly), m.Region, m.By)
	switch {
	case m.Else != "":
		text += ": something else, " + m.Else
	case m.Value != def:
		text += ": " + m.Value
	}
	if m.Old(now) {
		text += " (older than a year: measure again)"
	}
	return text
}

// MeasurementFile is a file of measurements: what one calibration found out, without
// anything of the project that it was made with.
type MeasurementFile struct {
	Schema string    `json:"schema"`
	By     string    `json:"by"`
	Date   time.Time `json:"date"`
	Region string    `json:"region"`
	// Program is the version of the program that measured.
	Program string `json:"program"`
	// Rows are the values by the names of the rows. Else has what was seen of the rows
	// that have no such value.
	Rows map[string]string `json:"rows"`
	Else map[string]string `json:"else,omitempty"`
}

// Check returns an error for a file that the table cannot take.
func (c *MeasurementFile) Check() error {
	switch {
	case c.Schema != MeasurementSchema:
		return fmt.Errorf("schema %q: want %q", c.Schema, MeasurementSchema)
	case strings.TrimSpace(c.By) == "":
		return errors.New("by: empty: say who measured")
	case c.Date.IsZero():
		return errors.New("date: missing")
	case c.Region != "us" && c.Region != "eu":
		return fmt.Errorf("region %q: want us or eu", c.Region)
	case len(c.Rows)+len(c.Else) == 0:
		return errors.New("rows: empty")
	}
	for name, value := range c.Rows {
		r := row(name)
		if r == nil {
			return fmt.Errorf("rows: %q is no behavior of the table", name)
		}
		if !r.Takes(value) {
			return fmt.Errorf("rows: %s=%q: want its default or an alternative", name, value)
		}
	}
	for name := range c.Else {
		if _, twice := c.Rows[name]; twice || row(name) == nil {
			return fmt.Errorf("else: %q is no behavior of the table, or in rows as well", name)
		}
	}
	return nil
}

//go:embed measurements
var measurementFiles embed.FS

// contributed are the measurements of each row.
var contributed = mustLoad(measurementFiles)

func mustLoad(files fs.FS) map[string][]Measurement {
	all, err := load(files)
	if err != nil {
		panic(err) // a file of this package; a test reads them all
	}
	return all
}

// load reads the measurements in a file system, by row, the newest first.
func load(files fs.FS) (map[string][]Measurement, error) {
	names, err := fs.Glob(files, "measurements/*.json")
	if err != nil {
		return nil, err
	}
	all := map[string][]Measurement{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var c MeasurementFile
		if err := json.Unmarshal(text, &c, json.RejectUnknownMembers(true)); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		if err := c.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		for of, value := range c.Rows {
			all[of] = append(all[of], Measurement{Value: value, By: c.By, Date: c.Date, Region: c.Region})
		}
		for of, seen := range c.Else {
			all[of] = append(all[of], Measurement{Else: seen, By: c.By, Date: c.Date, Region: c.Region})
		}
	}
	for _, list := range all {
		slices.SortStableFunc(list, func(a, b Measurement) int { return b.Date.Compare(a.Date) })
	}
	return all, nil
}
