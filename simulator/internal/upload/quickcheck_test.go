package upload_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/simulator/internal/scan"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// TestDubious makes sure that a closer look at events that are not dubious finds
// nothing and changes nothing.
func TestDubious(t *testing.T) {
	t.Parallel()
	ids := []string{`"user-0001"`, `"abcde"`, `"abcd"`, `"ab\u00e9\u00e9\u00e9"`, `"  abc"`, `"abc  "`, `"unknown"`, `"LMY47D"`, `""`, `17`, `123456`, `null`, `true`, `"anonymous1"`}
	types := []string{`"e"`, `""`, `"[Amplitude] Revenue"`, `"[Amplitude] Mine"`, `"[App] Open"`, `null`, `3`}
	times := []string{`1700000000000`, `1`, `"1"`, `1.5`}
	rapid.Check(t, func(t *rapid.T) {
		member := func(name string, values []string) string {
			return `"` + name + `":` + rapid.SampledFrom(values).Draw(t, name)
		}
		var events []string
		for range rapid.IntRange(1, 3).Draw(t, "n") {
			members := []string{member("user_id", ids), member("device_id", ids), member("event_type", types), member("time", times)}
			events = append(events, "{"+strings.Join(members[rapid.IntRange(0, 1).Draw(t, "skip"):], ",")+"}")
		}
		var u upload.Batch
		var p scan.Parser
		if err := p.Parse([]byte(`{"events":[`+strings.Join(events, ",")+`]}`), &u); err != nil {
			t.Fatal(err)
		}
		if u.NeedsValidation() {
			return
		}
		before := slices.Clone(u.Events)
		for _, r := range []upload.Rules{
			{}, {RejectNumericIDs: true, Refused: ^upload.Fields(0), MissingIDs: upload.UserID | upload.DeviceID}, {StripShortIDs: true, Merge: true, MissingIDs: upload.UserID | upload.DeviceID},
		} {
			if refused := r.Classify(&u); refused != nil || !slices.Equal(u.Events, before) {
				t.Fatalf("%s: a closer look by %+v finds %+v, and makes of the events %+v; want nothing, and %+v", events, r, refused, u.Events, before)
			}
		}
	})
	var u upload.Batch
	var p scan.Parser
	err := p.Parse([]byte(`{"events":[{"user_id":"user-0001","device_id":"abcde","event_type":"e","time":1700000000000}]}`), &u)
	if err != nil || u.NeedsValidation() {
		t.Errorf("an event with nothing wrong is dubious (%v)", err)
	}
}
