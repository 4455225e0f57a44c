package braze

import (
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// name gives a cohort its title.
func (w *workspace) name(in body, record *control.BrazeRequest) *Answer {
	id, ok := in.text("cohort_id")
	if !ok {
		return badRequest("cohort_id must be a valid string")
	}
	record.CohortID = id
	title, ok := in.text("name")
	if !ok || strings.TrimSpace(title) == "" {
		return badRequest("name must not be empty")
	}
	created, ok := in.text("created_at")
	if !ok || !iso8601(created) {
		return badRequest("created_at must be in ISO-8601 format")
	}
	c := w.cohort(id)
	c.title, c.createdAt = title, created
	return nil
}

// cohort returns a cohort, which it makes on first use: nothing says that members
// may not come before the name.
func (w *workspace) cohort(id string) *imported {
	c := w.cohorts[id]
	if c == nil {
		c = &imported{members: map[member]struct{}{}}
		w.cohorts[id] = c
	}
	return c
}

// iso8601 reports whether a text is a date, maybe with a time and an offset.
func iso8601(text string) bool {
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", time.DateOnly,
	} {
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}
