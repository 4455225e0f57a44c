package scan

import (
	"testing"

	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// TestParse_oneEvent takes an object for an array of one event where that is wanted,
// and checks it like one.
func TestParse_oneEvent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body  string
		raw   string // of the one event; empty for none
		valid bool
	}{
		{`{"events":{"user_id":"user-1","event_type":"e"}}`, `{"user_id":"user-1","event_type":"e"}`, true},
		{`{"events": { } ,"api_key":"k"}`, `{ }`, true},
		{`{"events":[0],"events":{"user_id":7}}`, `{"user_id":7}`, true},
		{`{"events":{"user_id":7},"events":null}`, ``, true},
		{`{"events":"e"}`, ``, true},
		{`{"events":{"user_id":}}`, ``, false},
		{`{"events":{"user_id":7}`, ``, false},
	} {
		var u upload.Batch
		err := (&Parser{OneEvent: true}).Parse([]byte(c.body), &u)
		if (err == nil) != c.valid {
			t.Errorf("%s: %v, want valid %v", c.body, err, c.valid)
			continue
		}
		if err != nil {
			continue
		}
		got := ""
		if len(u.Events) == 1 {
			got = string(u.Bytes(u.Events[0].Raw))
		}
		if got != c.raw || u.HasEvents != (c.raw != "") {
			t.Errorf("%s: event %q, events %v; want %q", c.body, got, u.HasEvents, c.raw)
		}
	}
}
