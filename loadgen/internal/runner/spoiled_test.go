package runner_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun_lossIsSeen(t *testing.T) {
	t.Parallel()
	s := parse(t, `
phases: [{for: 500ms, rate: 100}]
devices: {count: 50}
thresholds: [lost == 0, lost == 5, delivered < expected, unexpected == 0]
`)
	var mu sync.Mutex
	swallowed := 0
	summary := through(t, s, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, upload := read(r)
			mu.Lock()
			n := min(len(upload.Events), 5-swallowed)
			swallowed += n
			mu.Unlock()
			if n > 0 {
				upload.Events = upload.Events[n:]
				body = write(upload)
			}
			if len(upload.Events) == 0 {
				_, _ = fmt.Fprintf(w, `{"code":200,"events_ingested":%d}`, n)
				return
			}
			replace(r, body)
			next.ServeHTTP(w, r)
		})
	})
	want := map[string]bool{"lost == 0": false, "lost == 5": true, "delivered < expected": true, "unexpected == 0": true}
	if diff := cmp.Diff(want, goals(summary)); diff != "" {
		t.Errorf("thresholds: %s", diff)
	}
	if summary.Broken() != 1 {
		t.Errorf("%d broken, want 1", summary.Broken())
	}
}

// An exporter that lets newer events of a device pass older ones is found out, and
// so is one that makes events up.
func TestRun_disorderAndUnexpectedAreSeen(t *testing.T) {
	t.Parallel()
	s := parse(t, `
phases: [{for: 3s, rate: 40}]
devices: {count: 2}
thresholds: [lost == 0, reordered == 0, unexpected == 0]
`)
	var mu sync.Mutex
	var kept *upload
	seen, released := 0, false
	summary := through(t, s, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, u := read(r)
			mu.Lock()
			seen += len(u.Events)
			switch {
			case kept == nil:
				// Held back, and one that was never sent in its place.
				first := u
				first.Events = slices.Clone(u.Events)
				kept = &first
				var made map[string]any
				_ = json.Unmarshal(u.Events[0], &made)
				made["insert_id"] = "nobody-sent-this"
				text, _ := json.Marshal(made)
				u.Events = []json.RawMessage{text}
			case !released && seen > 100: // due at 2.5 s
				released = true
				u.Events = append(u.Events, kept.Events...)
			}
			mu.Unlock()
			replace(r, write(u))
			next.ServeHTTP(w, r)
		})
	})
	want := map[string]bool{"lost == 0": true, "reordered == 0": false, "unexpected == 0": false}
	if diff := cmp.Diff(want, goals(summary)); diff != "" {
		t.Errorf("thresholds: %s\n%+v", diff, summary.Goals)
	}
}

type upload struct {
	APIKey  string            `json:"api_key"`
	Events  []json.RawMessage `json:"events"`
	Options json.RawMessage   `json:"options,omitempty"`
}

func read(r *http.Request) (body []byte, u upload) {
	body, _ = io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &u)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, u
}

func write(u upload) []byte {
	body, _ := json.Marshal(u)
	return body
}

func replace(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}
