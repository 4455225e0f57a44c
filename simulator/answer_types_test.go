package simulator_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

// TestAnswers_fitTypes reads answers of each kind into the types that clients have for
// them, and writes them again: nothing is lost, and nothing is added.
func TestAnswers_fitTypes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	try(b.control.CreateKey(t.Context(), control.Key{APIKey: testKey, Limits: &control.Limits{EventsPerSecond: new(1), WindowSeconds: new(1)}})).or(t)
	if err := b.control.SilenceDevices(t.Context(), testKey, "device-2"); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path, body string
		status     int
		into       any
	}{
		"accepted":       {"/2/httpapi", upload(1, ofDevice("device-3")), 200, new(amplitude.Accepted)},
		"throttled":      {"/2/httpapi", upload(2, ofDevice("device-4")), 429, new(amplitude.Throttled)},
		"silenced":       {"/2/httpapi", upload(1, ofDevice("device-2")), 400, new(amplitude.Silenced)},
		"missing member": {"/2/httpapi", `{"api_key":"K"}`, 400, new(amplitude.Refused)},
		"missing fields": {"/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001"}]}`, 400, new(amplitude.Refused)},
		"invalid fields": {"/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":7}]}`, 400, new(amplitude.Refused)},
		"short ids":      {"/2/httpapi", `{"api_key":"K","events":[{"user_id":"u","event_type":"e"}]}`, 400, new(amplitude.Refused)},
		"invalid ids":    {"/2/httpapi", `{"api_key":"K","events":[{"user_id":"anonymous","event_type":"e"}]}`, 400, new(amplitude.Refused)},
		"too large":      {"/2/httpapi", upload(2001, ofDevice("device-5")), 413, new(amplitude.Refused)},
		"invalid key":    {"/batch", `{"api_key":"nope","events":[{"user_id":"user-0001","event_type":"e"}]}`, 400, new(amplitude.Refused)},
	} {
		status, answer := b.post(c.path, c.body)
		if status != c.status {
			t.Errorf("%s: got %d %s, want %d", name, status, answer, c.status)
			continue
		}
		dec := json.NewDecoder(bytes.NewReader([]byte(answer)))
		dec.DisallowUnknownFields()
		if err := dec.Decode(c.into); err != nil {
			t.Errorf("%s: %v in %s", name, err, answer)
		}
		again, err := json.Marshal(c.into)
		var want, got any
		if err != nil || json.Unmarshal([]byte(answer), &want) != nil || json.Unmarshal(again, &got) != nil {
			t.Fatalf("%s: %v, no JSON", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-answer +as its type has it):\n%s", name, diff)
		}
	}
}
