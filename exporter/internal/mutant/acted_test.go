package mutant

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// A defect says that it acts when it does, and not before.
func TestMutant_acted(t *testing.T) {
	t.Parallel()
	const plain = `{"events":[{"event_type":"users.behaviors.app.SessionStart","id":"event-1","time":1767229993,` +
		`"user":{"external_user_id":"user-1","device_id":"device-1"},"properties":{}}]}`
	for name, want := range map[string]bool{
		"seconds":                      true,  // changes every event
		"deaf":                         true,  // swallows every post
		"own-insert-id":                true,  // changes every upload
		"unaddressable-sent":           false, // the event has ids
		"throttled-lost":               false, // nothing is throttled
		"bad-event-costs-the-post":     false, // nothing is wrong with the event
		"broken-connection-loses":      false, // the connection holds
		"numbers-through-float64":      false, // there is no number that loses digits
		"custom-property-unprefixed":   false, // there is no custom property
		"unaddressable-costs-the-post": false, // the event has ids
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			var acted atomic.Bool
			m.Acted = func() { acted.Store(true) }
			url, _ := amplitude(t)
			ctx, cancel := context.WithCancel(t.Context())
			x, handler, _, err := m.New(ctx, exporter.Config{URL: url, APIKey: "0123456789abcdef0123456789abcdef", ThrottlePause: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- x.Run(ctx) }()
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodPost, "/events", strings.NewReader(plain)))
			if w.Code != http.StatusOK {
				t.Errorf("the post was answered %d", w.Code)
			}
			if _, err := x.Drain(ctx); err != nil {
				t.Error(err)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if got := acted.Load(); got != want {
				t.Errorf("it acted: %t, want %t", got, want)
			}
		})
	}
}
