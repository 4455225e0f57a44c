package verify_test

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/verify"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// journal is a list of events of which the first are evicted.
type journal struct {
	events  []control.Event
	evicted int
}

func (j journal) source() verify.Source {
	return verify.Source{
		Events: func(q control.Query) iter.Seq[control.Event] { return slices.Values(j.query(j.events[j.evicted:], q)) },
		Evicted: func(since time.Time) uint64 {
			if j.evicted > 0 && j.events[j.evicted-1].At.Before(since) {
				return 0
			}
			return uint64(j.evicted)
		},
		Ledger: func() control.Ledger {
			l := control.Ledger{Events: uint64(len(j.events)), EvictedEvents: uint64(j.evicted), Outcomes: map[control.Outcome]uint64{}}
			for _, e := range j.events {
				l.Outcomes[e.Outcome]++
			}
			return l
		},
	}
}

func (journal) query(events []control.Event, q control.Query) []control.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e control.Event) bool {
		return q.DeviceID != "" && q.DeviceID != e.DeviceID || q.EventType != "" && q.EventType != e.EventType ||
			q.Outcome != "" && q.Outcome != e.Outcome || !q.Since.IsZero() && e.At.Before(q.Since) || !q.Until.IsZero() && !e.At.Before(q.Until)
	})
}

// events reads "device type seconds" triples.
func events(text string) []control.Event {
	var list []control.Event
	for i, f := range strings.Split(text, ", ") {
		var device, kind string
		var seconds int
		if _, err := fmt.Sscan(f, &device, &kind, &seconds); err != nil {
			panic(err)
		}
		list = append(list, control.Event{
			Seq: uint64(i + 1), At: start.Add(time.Duration(seconds) * time.Second), DeviceID: device, EventType: kind, Outcome: control.Accepted,
		})
	}
	return list
}

func TestJudge(t *testing.T) {
	t.Parallel()
	j := journal{events: events("d1 a 0, d1 b 1, d2 a 2, d1 a 10, d1 b 11, d2 c 12")}
	d1 := control.Match{DeviceID: "d1"}
	a, b, c := control.Match{EventType: "a"}, control.Match{EventType: "b"}, control.Match{EventType: "c"}
	two := start.Add(2 * time.Second)
	for name, v := range map[string]struct {
		claim   control.Verification
		verdict control.Result
		count   uint64
	}{
		"times":            {control.Verification{Match: d1, Times: new(uint64(4))}, control.Pass, 4},
		"too many":         {control.Verification{Match: d1, Times: new(uint64(3))}, control.Fail, 4},
		"too few":          {control.Verification{Match: d1, AtLeast: new(uint64(5))}, control.Fail, 4},
		"between":          {control.Verification{Match: d1, AtLeast: new(uint64(4)), AtMost: new(uint64(9))}, control.Pass, 4},
		"never":            {control.Verification{Match: control.Match{DeviceID: "d3"}, Never: true}, control.Pass, 0},
		"since":            {control.Verification{Match: a, Times: new(uint64(2)), Since: &two}, control.Pass, 2},
		"until":            {control.Verification{Match: a, Times: new(uint64(1)), Until: &two}, control.Pass, 1},
		"burst":            {control.Verification{Match: d1, AtMost: new(uint64(2)), Within: control.Seconds(5)}, control.Pass, 2},
		"larger burst":     {control.Verification{Match: d1, AtMost: new(uint64(2)), Within: control.Seconds(10)}, control.Fail, 3},
		"sequence":         {control.Verification{Sequence: []control.Match{a, b, c}}, control.Pass, 3},
		"wrong order":      {control.Verification{Sequence: []control.Match{c, a}}, control.Fail, 1},
		"quick sequence":   {control.Verification{Sequence: []control.Match{a, b, c}, Within: control.Seconds(2)}, control.Pass, 3},
		"too slow":         {control.Verification{Sequence: []control.Match{a, b, c}, Within: control.Seconds(1)}, control.Fail, 2},
		"one event, twice": {control.Verification{Sequence: []control.Match{c, c}}, control.Fail, 1},
	} {
		v.claim.APIKey = "k"
		got, err := verify.Judge(v.claim, j.source())
		if err != nil || got.Result != v.verdict || got.Count != v.count {
			t.Errorf("%s: %+v, %v; want %s with %d", name, got, err, v.verdict, v.count)
		}
	}
}

func TestJudge_examples(t *testing.T) {
	t.Parallel()
	j := journal{events: events("d1 a 0, d1 a 1, d1 a 2, d1 a 3, d1 a 4, d1 a 5, d1 a 6, d1 b 7, d2 c 8, d2 b 9")}
	j.events[1].Body = []byte(`"` + strings.Repeat("x", 3000) + `"`)
	got, err := verify.Judge(control.Verification{APIKey: "k", Match: control.Match{DeviceID: "d1"}, AtMost: new(uint64(1))}, j.source())
	if err != nil || len(got.Examples) != 5 || got.Examples[0].Seq != 2 || got.Examples[0].Body != nil || got.Near != nil {
		t.Errorf("too many: %+v, %v; want events 2 to 6 without the large body", got, err)
	}
	got, err = verify.Judge(control.Verification{APIKey: "k", Match: control.Match{DeviceID: "d2", EventType: "a"}, AtLeast: new(uint64(1))}, j.source())
	if err != nil || len(got.Near) != 3 || got.Near[0].Event.Seq != 10 || len(got.Near[0].Differs) != 1 ||
		got.Near[0].Differs[0] != (control.Difference{Field: "event_type", Want: "a", Got: "b"}) {
		t.Errorf("too few: %+v, %v; want event 10 as the nearest, with another type", got, err)
	}
}

// TestJudge_neverLies compares the verdict on a journal that lost events with the
// truth: it may be unknown, but not wrong.
func TestJudge_neverLies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		j := journal{}
		at := start
		for i := range rapid.IntRange(0, 12).Draw(t, "events") {
			at = at.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "pause")) * time.Second)
			j.events = append(j.events, control.Event{
				Seq: uint64(i + 1), At: at, Outcome: rapid.SampledFrom([]control.Outcome{control.Accepted, control.Rejected}).Draw(t, "outcome"),
				DeviceID: rapid.SampledFrom([]string{"d1", "d2"}).Draw(t, "device"), EventType: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "type"),
			})
		}
		match := rapid.Custom(func(t *rapid.T) control.Match {
			return control.Match{DeviceID: rapid.SampledFrom([]string{"", "d1"}).Draw(t, "device"), EventType: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "type")}
		})
		claim := control.Verification{APIKey: "k", Within: control.Seconds(rapid.SampledFrom([]float64{0, 1, 4}).Draw(t, "within"))}
		switch rapid.IntRange(0, 2).Draw(t, "claim") {
		case 0:
			claim.Match, claim.Times = match.Draw(t, "match"), new(rapid.Uint64Range(0, 4).Draw(t, "times"))
		case 1:
			claim.Match, claim.Never = match.Draw(t, "match"), true
		case 2:
			claim.Sequence = rapid.SliceOfN(match, 1, 3).Draw(t, "sequence")
		}
		if rapid.Bool().Draw(t, "bounded") {
			since := start.Add(time.Duration(rapid.IntRange(0, 10).Draw(t, "since")) * time.Second)
			claim.Since = &since
		}
		truth := slowly(claim, j)
		got, err := verify.Judge(claim, j.source())
		if err != nil || got.Result != truth {
			t.Fatalf("all events there: %+v, %v; want %s", got, err, truth)
		}
		if j.evicted = rapid.IntRange(0, len(j.events)).Draw(t, "evicted"); j.evicted > 0 {
			got, err = verify.Judge(claim, j.source())
			if err != nil || got.Result != truth && got.Result != control.Unknown {
				t.Fatalf("%d evicted: %+v, %v; want %s or unknown", j.evicted, got, err, truth)
			}
		}
	})
}

// slowly tries every choice of events.
func slowly(v control.Verification, j journal) control.Result {
	q := control.Query{DeviceID: v.Match.DeviceID, EventType: v.Match.EventType}
	if v.Since != nil {
		q.Since = *v.Since
	}
	found := j.query(j.events, q)
	near := func(a, b control.Event) bool {
		return v.Within == 0 || b.At.Sub(a.At) <= time.Duration(v.Within)
	}
	var holds bool
	if len(v.Sequence) > 0 {
		var try func(first, from, step int) bool
		try = func(first, from, step int) bool {
			if step == len(v.Sequence) {
				return true
			}
			for i := from; i < len(found); i++ {
				m := v.Sequence[step]
				if len(j.query(found[i:i+1], control.Query{DeviceID: m.DeviceID, EventType: m.EventType})) == 0 {
					continue
				}
				if start := max(first, 0); step > 0 && !near(found[start], found[i]) {
					continue
				}
				if step == 0 {
					first = i
				}
				if try(first, i+1, step+1) {
					return true
				}
			}
			return false
		}
		holds = try(-1, 0, 0)
	} else {
		most := 0
		for i := range found {
			n := 0
			for k := i; k < len(found) && near(found[i], found[k]); k++ {
				n++
			}
			most = max(most, n)
		}
		if v.Times != nil {
			holds = uint64(most) == *v.Times
		} else {
			holds = most == 0
		}
	}
	if holds {
		return control.Pass
	}
	return control.Fail
}
