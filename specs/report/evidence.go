package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// excerpt is traffic that shows why a requirement does not hold.
type excerpt struct {
	Recording string
	Events    []shownEvent
	Requests  []shownRequest
	// MoreRequests is how many are left out.
	MoreRequests int
}

// Long reports whether the excerpt would push what follows out of sight.
func (x excerpt) Long() bool {
	lines := 2 * len(x.Requests)
	for _, e := range x.Events {
		lines += max(strings.Count(e.Posted, "\n"), strings.Count(e.Want, "\n"), strings.Count(e.Got, "\n"))
	}
	return lines > 30
}

// Heading says how much the excerpt holds.
func (x excerpt) Heading() string {
	requests := fmt.Sprintf("requests: %d", len(x.Requests)+x.MoreRequests)
	if len(x.Events) == 0 {
		return requests
	}
	return fmt.Sprintf("events: %d, %s", len(x.Events), requests)
}

type shownEvent struct {
	Name                        string
	Posted, Want, Got, Outcomes string
}

type shownRequest struct {
	After, Endpoint, Reason, Answer string
	Status, Events                  int
	Refused                         bool
}

const (
	maxEvents   = 3
	maxRequests = 20
	maxBody     = 4000 // bytes of an event that are shown
)

// excerpts finds, in the recordings of a row that did not pass, the events that its
// findings name, and how the requests went.
func (r Results) excerpts(row Row) []excerpt {
	if row.Outcome == Pass || row.Outcome == NotRun || !row.Outcome.Counts() {
		return nil
	}
	told := row.Evidence + "\n" + strings.Join(row.Details, "\n")
	var all []excerpt
	for _, recording := range r.Recordings {
		if len(row.Recordings) == 0 || !strings.Contains("\n"+strings.Join(row.Recordings, "\n")+"\n", "\n"+recording.Name+"\n") {
			continue
		}
		x := excerpt{Recording: recording.Name}
		for _, p := range recording.Traffic.Posted {
			if len(x.Events) < maxEvents && p.Name != "" && strings.Contains(told, p.Name) {
				x.Events = append(x.Events, recording.shown(p))
			}
		}
		x.Requests, x.MoreRequests = recording.requests()
		if len(x.Events) > 0 || len(x.Requests) > 0 {
			all = append(all, x)
		}
		if len(x.Events) > 0 {
			break // one input is enough to see it
		}
	}
	return all
}

func (r Recording) shown(p verdict.Posted) shownEvent {
	shown := shownEvent{Name: p.Name, Posted: pretty(p.Currents), Want: "not to be sent: " + p.Dropped}
	if p.Want != nil {
		shown.Want = pretty(p.Want)
	}
	var outcomes []string
	for _, e := range r.Traffic.Events {
		if e.InsertID != p.ID {
			continue
		}
		outcome := fmt.Sprintf("%s in request %d", e.Outcome, e.Request)
		if e.Reason != "" {
			outcome += ": " + e.Reason
		}
		if len(outcomes) < maxEvents {
			outcomes = append(outcomes, outcome)
		}
		if shown.Got == "" {
			shown.Got = pretty(e.Body)
		}
	}
	shown.Outcomes = strings.Join(outcomes, "; ")
	if outcomes == nil {
		shown.Outcomes = "it never arrived under this insert_id"
	}
	return shown
}

// requests shows the first ones, from the first that was refused on.
func (r Recording) requests() (shown []shownRequest, more int) {
	all := r.Traffic.Requests
	for i, q := range all {
		if q.Status != http.StatusOK && i > 1 {
			all = all[i-1:]
			break
		}
	}
	if len(all) == 0 {
		return nil, 0
	}
	for _, q := range all[:min(len(all), maxRequests)] {
		shown = append(shown, shownRequest{
			After: q.At.Sub(r.Traffic.Requests[0].At).Round(time.Millisecond).String(), Endpoint: q.Endpoint, Reason: q.Reason,
			Answer: clipped(string(q.Answer), maxBody/10), Status: q.Status, Events: q.Events, Refused: q.Status != http.StatusOK,
		})
	}
	return shown, len(r.Traffic.Requests) - len(shown)
}

func pretty(text json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return clipped(string(text), maxBody)
	}
	return clipped(b.String(), maxBody)
}

func clipped(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + " ..."
}
