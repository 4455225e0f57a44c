package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen/internal/pseudonym"
	"github.com/ammeter/ammeter/loadgen/internal/recording"
)

func TestRecorder(t *testing.T) {
	t.Parallel()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	r := &recorder{anonymizer: recording.NewAnonymizer(pseudonym.RandomKey(), set), w: bufio.NewWriter(&file)}
	const event = `{"event_type":"users.messages.email.Open","id":"i-1","time":1700000000,"user":{"external_user_id":"ann"},"properties":{}}`
	for body, want := range map[string]int{event: 200, `{"events":[` + event + `,` + event + `]}`: 200, `{"event_type":"unknown"}`: 200, `ann`: 400} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body)))
		if w.Code != want {
			t.Errorf("POST %s: %d, want %d", body, w.Code, want)
		}
	}
	if err := r.w.Flush(); err != nil {
		t.Fatal(err)
	}
	if r.kept != 3 || r.not != 1 || strings.Count(file.String(), "\n") != 3 || strings.Contains(file.String(), "ann") {
		t.Errorf("%d kept and %d not, want 3 and 1:\n%s", r.kept, r.not, &file)
	}
}

// What an exporter takes in a post is recorded, too.
func TestRecorder_formsOfPosts(t *testing.T) {
	t.Parallel()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	const event = `{"event_type":"users.messages.email.Open","id":"i-1","time":1700000000,"user":{"external_user_id":"ann"},"properties":{}}`
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = io.WriteString(z, `{"events":[`+event+`]}`)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, body   string
		status, kept int
	}{
		{"an array", `[` + event + `,` + event + `]`, 200, 2},
		{"lines", event + "\n" + event + "\n", 200, 2},
		{"posts on lines", `{"events":[` + event + "]}\n" + `{"events":[` + event + `]}`, 200, 2},
		{"gzip", packed.String(), 200, 1},
		{"gzip that is cut", packed.String()[:packed.Len()-9], 400, 0},
		{"an array that is cut", `[` + event, 400, 0},
		{"a byte order mark", "\ufeff" + event, 200, 1},
		{"nothing", "", 400, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var file bytes.Buffer
			r := &recorder{anonymizer: recording.NewAnonymizer(pseudonym.RandomKey(), set), w: bufio.NewWriter(&file)}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(tt.body)))
			if w.Code != tt.status || r.kept != tt.kept || strings.Count(file.String(), "\n") != tt.kept {
				t.Errorf("%d, %d kept; want %d, %d:\n%s", w.Code, r.kept, tt.status, tt.kept, &file)
			}
		})
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A post is answered 200 only when its events are in the file.
func TestRecorder_writesBeforeItAnswers(t *testing.T) {
	t.Parallel()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	const event = `{"event_type":"users.messages.email.Open","id":"11111111-0000-4000-8000-000000000001","time":1700000000,"user":{"user_id":"b1","external_user_id":"ann"},"properties":{}}`
	var file bytes.Buffer
	for _, tc := range []struct {
		to     io.Writer
		status int
	}{{&file, http.StatusOK}, {fullDisk{}, http.StatusServiceUnavailable}} {
		r := &recorder{anonymizer: recording.NewAnonymizer(pseudonym.RandomKey(), set), w: bufio.NewWriter(tc.to)}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(event)))
		if w.Code != tc.status {
			t.Errorf("%T: status %d, want %d", tc.to, w.Code, tc.status)
		}
	}
	if !strings.Contains(file.String(), "email.Open") {
		t.Errorf("the file holds %q when the answer leaves", file.String())
	}
}
