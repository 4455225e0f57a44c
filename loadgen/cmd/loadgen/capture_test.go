package main

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen/pseudonym"
	"github.com/ammeter/ammeter/loadgen/recording"
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
