package coverage

import (
	"strings"
	"testing"
)

const (
	anUpload  = `{"api_key":"k","events":[{"user_id":"user-0001","event_type":"A"}]}`
	anEvent   = `{"seq":1,"request":1,"index":0,"at":"2026-01-02T03:04:05Z","wall":"2026-01-02T03:04:05Z","api_key":"k","endpoint":"/2/httpapi","outcome":"accepted","body":{"event_type":"A"}}`
	aRequest  = `{"seq":1,"at":"2026-01-02T03:04:05Z","wall":"2026-01-02T03:04:05Z","endpoint":"/2/httpapi","status":200,"events":1,"bytes":9,"answer":{"code":200}}`
	theReport = `{"format": 2, "suite": {"name": "ammeter", "version": ""}, "subject": {"name": "x", "version": "", "capabilities": []},
"simulator": {"name": "", "version": ""}, "seed": 1, "started": "2026-01-31T12:00:00Z", "duration_seconds": 1, "requirements": []}`
)

func TestRead(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in                  string
		uploads, requests, events int
		results                   bool
	}{
		{"uploads", anUpload + "\n" + anUpload + "\n", 2, 0, 0, false},
		{"journal", aRequest + "\n" + anEvent + "\n" + anEvent, 0, 1, 2, false},
		{"events alone", "\ufeff" + anEvent, 0, 0, 1, false},
		{"report", theReport, 0, 0, 0, true},
	} {
		got, err := Read(strings.NewReader(tc.in))
		if err != nil || len(got.Uploads) != tc.uploads || len(got.Journal.Requests) != tc.requests ||
			len(got.Journal.Events) != tc.events || (got.Results != nil) != tc.results {
			t.Errorf("%s: %d uploads, %d requests, %d events, report %v, %v", tc.name,
				len(got.Uploads), len(got.Journal.Requests), len(got.Journal.Events), got.Results != nil, err)
		}
	}
}

func TestRead_whatIsNoRecording(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"nothing", "", "there is no traffic in it: want {\"api_key\""},
		{"text", "name: x\n", `this is text (it begins with "name: x`},
		{"a Currents event", anUpload + `{"event_type":"users.messages.email.Open","id":"1"}`, "value 2: this is neither upload nor journal"},
		{"a list", "[1]", "value 1: this is neither upload nor journal"},
		{"cut", anUpload[:20], "value 1, after"},
		{"an event that is none", `{"seq":1,"request":1,"at":"yesterday"}`, "value 1: read a line of a journal"},
		{"two reports", theReport + theReport, "value 2: a second report"},
		{"a report of another format", strings.Replace(theReport, "2", "1", 1), "results have format 1"},
	} {
		if _, err := Read(strings.NewReader(tc.in)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want an error with %q", tc.name, err, tc.want)
		}
	}
}
