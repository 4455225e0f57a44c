package exporter_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/status"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// askLanes requests the lanes as an operator does, with a token or without one.
func askLanes(t *testing.T, x *exporter.Exporter, method, path, token string) (code int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	x.StatusHandler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func lanesIn(t *testing.T, x *exporter.Exporter, state string) []status.Lane {
	t.Helper()
	code, body := askLanes(t, x, http.MethodGet, "/lanes?state="+state, "admin")
	var page status.Lanes
	if err := json.Unmarshal([]byte(body), &page); err != nil || code != http.StatusOK {
		t.Fatalf("%d %v: %s", code, err, body)
	}
	return page.Lanes
}

// A lane that an operator pauses waits while the others go on, across a restart, until it
// is resumed; and everybody who looks sees it.
func TestExporter_PauseLane(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	cfg := exporter.Config{
		URL: sim.URL, APIKey: sim.Key, AdminToken: "admin", Clock: newClock(),
		Queue: exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS},
	}
	x := openExporter(t, cfg)
	stop := running(t, x)
	if code, body := askLanes(t, x, http.MethodPost, "/lanes/user:user-0001/pause", "admin"); code != http.StatusOK || !strings.Contains(body, `"states":["paused"]`) {
		t.Fatalf("pause: %d %s", code, body)
	}
	for _, user := range []string{"user-0001", "user-0002"} {
		if got := post(t, x, `{"events":[`+open("event-00001-"+user, user)+","+open("event-00002-"+user, user)+`]}`); got.Code != http.StatusOK {
			t.Fatalf("post: %d", got.Code)
		}
	}
	await(t, "the other user", func() bool { return x.Ledger().Accepted == 2 })
	lanes := lanesIn(t, x, status.Paused)
	if len(lanes) != 1 || lanes[0].Events != 2 || lanes[0].Oldest.Unix() != 1700000000 || lanes[0].Until.Unix() > 0 && !lanes[0].Until.IsZero() {
		t.Fatalf("lanes %+v, want one with 2 events", lanes)
	}
	if text := lanes[0].Name; strings.Contains(text, "user-0001") || !strings.HasPrefix(text, "user:id-") {
		t.Errorf("the lane is called %q, want a pseudonym", text)
	}
	stop()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}

	x = openExporter(t, cfg)
	stop = running(t, x)
	await(t, "the events of the paused lane", func() bool {
		again := lanesIn(t, x, status.Paused)
		return len(again) == 1 && again[0].Name == lanes[0].Name && again[0].Events == 2
	})
	if l := x.Ledger(); l.Held != 2 {
		t.Errorf("ledger %+v, want 2 held", l)
	}
	if _, err := x.Drain(t.Context()); err == nil || !strings.Contains(err.Error(), "2 events not delivered: their lanes are paused") {
		t.Errorf("a drain that can deliver nothing: %v, want it to end and say so", err)
	}
	if code, body := askLanes(t, x, http.MethodPost, "/lanes/"+lanes[0].Name+"/resume", "admin"); code != http.StatusOK || !strings.Contains(body, `"states":[]`) {
		t.Fatalf("resume: %d %s", code, body)
	}
	if _, err := x.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	events, err := sim.Control.AllEvents(t.Context(), control.Query{APIKey: sim.Key, UserID: "user-0001"})
	if err != nil || len(events) != 2 || events[0].InsertID != "event-00001-user-0001" {
		t.Errorf("%v: events %+v, want both in order", err, events)
	}
}

// Who may not, or names no lane, changes nothing.
func TestExporter_PauseLane_refused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, token, path, sent string
		want                    int
	}{
		{"no token set", "", "/lanes/user:a/pause", "", http.StatusForbidden},
		{"no token sent", "admin", "/lanes/user:a/pause", "", http.StatusUnauthorized},
		{"another token", "admin", "/lanes/user:a/pause", "other", http.StatusUnauthorized},
		{"no kind", "admin", "/lanes/a/pause", "admin", http.StatusBadRequest},
		{"another kind", "admin", "/lanes/group:a/pause", "admin", http.StatusBadRequest},
		{"no id", "admin", "/lanes/user:/pause", "admin", http.StatusBadRequest},
		{"a pseudonym of nobody", "admin", "/lanes/user:id-0123456789ab/pause", "admin", http.StatusNotFound},
		{"an id with a slash", "admin", "/lanes/user:a%2Fb/pause", "admin", http.StatusOK},
		{"another verb", "admin", "/lanes/user:a/stop", "admin", http.StatusNotFound},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			x := start(t, exporter.Config{APIKey: "key", AdminToken: row.token})
			if code, body := askLanes(t, x, http.MethodPost, row.path, row.sent); code != row.want {
				t.Errorf("%d %s, want %d", code, body, row.want)
			}
			if got := len(x.Lanes("").Lanes); (got == 1) != (row.want == http.StatusOK) {
				t.Errorf("%d lanes are paused", got)
			}
		})
	}
}

// What is on the page and why: an upload that failed, a quota, and what waits in the queue.
func TestExporter_Lanes(t *testing.T) {
	t.Parallel()
	x := start(t, exporter.Config{APIKey: "key", Transport: throttler{}, Clock: newClock(), RevealIDs: true})
	post(t, x, `{"events":[`+open("event-00001", "user-0001")+","+open("event-00002", "user-0002")+`]}`)
	running(t, x)
	await(t, "a user over the daily quota in the queue", func() bool { return len(x.Lanes(status.Deferred).Lanes) == 1 })
	page := x.Lanes("")
	if page.Users != 2 || page.Devices != 0 {
		t.Fatalf("page %+v, want two users", page)
	}
	for _, l := range page.Lanes {
		want := []string{status.Throttled}
		if l.ID == "user-0002" {
			want = append(want, status.Deferred)
		}
		if !slices.Equal(l.States, want) || l.Events != 1 || l.Oldest.Unix() != 1700000000 || l.Name != "user:"+l.ID {
			t.Errorf("lane %+v, want states %v and one event", l, want)
		}
	}
}
