package verdict

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator/control"
)

func TestClaimed(t *testing.T) {
	t.Parallel()
	want := json.RawMessage(`{}`)
	posted := []Posted{
		{ID: "a1", EventType: "A", Want: want},
		{ID: "a2", EventType: "A", Want: want},
		{ID: "b1", EventType: "B", Want: want},
		{ID: "x1", EventType: "X", Dropped: "not_exported"},
	}
	arrived := func(ids ...string) []control.Event {
		var events []control.Event
		for _, id := range ids {
			events = append(events, control.Event{InsertID: id, Outcome: control.Accepted})
		}
		return events
	}
	for name, tc := range map[string]struct {
		events  []control.Event
		claimed []string
		only    bool
		outcome Outcome
		want    string
	}{
		"as claimed":                 {arrived("a1", "b1"), []string{"A", "B"}, true, Pass, "2 types claimed"},
		"claimed and not there":      {arrived("a2"), []string{"A", "B"}, true, Fail, "B is claimed and was not delivered"},
		"there and not claimed":      {arrived("a1", "b1"), []string{"A"}, true, Fail, "B is not claimed and was delivered"},
		"others are nobody's matter": {arrived("a1", "b1"), []string{"A"}, false, Pass, "1 type claimed"},
		"a type that is never sent":  {arrived("a1"), []string{"A", "X"}, true, Pass, "1 type claimed"},
		"nothing to look at":         {nil, []string{"X"}, true, Error, "no event"},
	} {
		v := Claimed(Traffic{Posted: posted, Events: tc.events, Subject: Subject{EventTypes: tc.claimed, Exclusive: tc.only}})
		if v.Outcome != tc.outcome || !strings.Contains(v.Evidence, tc.want) {
			t.Errorf("%s: %+v, want %s with %q", name, v, tc.outcome, tc.want)
		}
	}
}

func TestReadToTheEnd(t *testing.T) {
	t.Parallel()
	posted := []Posted{{Name: "one", ID: "a1", Want: json.RawMessage(`{}`), Taken: true}}
	got := []control.Event{{InsertID: "a1", Outcome: control.Accepted, Body: json.RawMessage(`{}`)}}
	for name, tc := range map[string]struct {
		traffic Traffic
		outcome Outcome
		want    string
	}{
		"all of it":          {Traffic{Posted: posted, Events: got}, Pass, "1 accepted"},
		"an event is lost":   {Traffic{Posted: posted}, Fail, "never sent"},
		"it ends with error": {Traffic{Posted: posted, Events: got, Stop: errors.New("exit status 1")}, Fail, "exit status 1"},
	} {
		if v := ReadToTheEnd(tc.traffic); v.Outcome != tc.outcome || !strings.Contains(v.Evidence, tc.want) {
			t.Errorf("%s: %+v, want %s with %q", name, v, tc.outcome, tc.want)
		}
	}
}

func TestWithoutLost(t *testing.T) {
	t.Parallel()
	want := json.RawMessage(`{}`)
	left := WithoutLost(Traffic{
		Posted: []Posted{{ID: "a1", Want: want, Taken: true}, {ID: "a2", Want: want, Taken: true}, {ID: "x", Dropped: "malformed", Taken: true}},
		Events: []control.Event{{InsertID: "a2", Outcome: control.Accepted, Body: want}},
	})
	var ids []string
	for _, p := range left.Posted {
		ids = append(ids, p.ID)
	}
	if got := strings.Join(ids, " "); got != "a2 x" {
		t.Errorf("left are %q, want those that arrived and those that must not", got)
	}
}
