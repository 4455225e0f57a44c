package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/specs/requirement"
)

// Assessment is what a report says of an exporter, in short: which one it was, when, by
// what, and how it did in each category.
type Assessment struct {
	Subject string `json:"subject"`
	Version string `json:"version,omitempty"`
	Date    string `json:"date"`
	Suite   string `json:"suite,omitempty"`
	// Currents is the version of Braze Currents whose event types were judged.
	Currents string `json:"currents,omitempty"`
	// Partial reports that a filter or the quick profile left requirements out.
	Partial    bool    `json:"partial,omitempty"`
	Must       Share   `json:"must"`
	Should     Share   `json:"should"`
	Categories []Share `json:"categories"`
}

// Share is how many of some requirements hold.
type Share struct {
	Name string `json:"name,omitempty"`
	Held int    `json:"held"`
	// Of is the number of those that count for the exporter.
	Of int `json:"of"`
	// MustFailed reports that one of those that do not hold is a MUST.
	MustFailed bool `json:"must_failed,omitempty"`
}

func (s Share) String() string {
	if s.Of == 0 {
		return "-"
	}
	return fmt.Sprintf("%d/%d", s.Held, s.Of)
}

// with is the share with one more requirement.
func (s Share) with(row Row) Share {
	switch {
	case !row.Outcome.Counts():
		return s
	case row.Outcome == Pass:
		s.Held++
	case row.Level == requirement.Must:
		s.MustFailed = true
	}
	s.Of++
	return s
}

// categories sort the areas of the catalog for people who compare exporters.
var categories = []struct {
	name  string
	areas []string
}{
	{"mapping", []string{"names", "properties", "identity", "drops", "values", "types"}},
	{"rate limits", []string{"rate", "quota", "waste"}},
	{"outages", []string{"retry", "order", "key"}},
	{"refusals", []string{"partial", "duplicates", "limits"}},
	{"inputs", []string{"claims", "intake"}},
	{"restart and end", []string{"restart", "lifecycle"}},
	{"secrecy", []string{"secrecy"}},
}

// assessment sums the report up.
func (r Results) assessment() Assessment {
	s := r.Summary()
	a := Assessment{
		Subject: r.Subject.Name, Version: r.Subject.Version, Date: r.Started.UTC().Format(time.DateOnly),
		Suite: r.Suite.Version, Currents: currentsText(r.Currents), Partial: s.Partial,
		Must: Share{Name: "MUST"}, Should: Share{Name: "SHOULD"},
	}
	for _, c := range categories {
		share := Share{Name: c.name}
		for _, row := range r.Requirements {
			if slices.Contains(c.areas, row.Area) {
				share = share.with(row)
			}
		}
		a.Categories = append(a.Categories, share)
	}
	for _, row := range r.Requirements {
		switch row.Level {
		case requirement.Must:
			a.Must = a.Must.with(row)
		case requirement.Should:
			a.Should = a.Should.with(row)
		case requirement.May: // counts for nothing
		}
	}
	return a
}

// Name is the subject with its version.
func (a Assessment) Name() string { return strings.TrimSpace(a.Subject + " " + a.Version) }

// By is the suite, with the version of Currents that it knows.
func (a Assessment) By() string {
	parts := []string{strings.TrimSpace("ammeter " + a.Suite)}
	if a.Currents != "" {
		parts = append(parts, "Currents "+a.Currents)
	}
	if a.Partial {
		parts = append(parts, "a part of the requirements")
	}
	return strings.Join(parts, ", ")
}

func (a Assessment) String() string {
	return fmt.Sprintf("%s, %s, MUST %s, SHOULD %s (%s)", a.Name(), a.Date, a.Must, a.Should, a.By())
}
