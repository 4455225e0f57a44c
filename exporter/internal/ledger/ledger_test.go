package ledger

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

func TestLedger_snapshotsAddUp(t *testing.T) {
	t.Parallel()
	l := Open()
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for range 500 {
				l.Add(Counts{Read: 3, Held: 2, Dropped: map[string]int64{"malformed": 1}})
				l.Add(Counts{Held: -2, Accepted: 1, DeadLettered: map[string]int64{"refused": 1}})
			}
		})
	}
	work.Go(func() {
		for range 500 {
			if c := l.Counts(); !c.Balanced() {
				t.Errorf("snapshot does not add up: %+v", c)
			}
		}
	})
	work.Wait()
	if c := l.Counts(); c.Read != 6000 || c.Accepted != 2000 || c.Held != 0 {
		t.Errorf("counts %+v", c)
	}
}

func TestLedger_negatedLeavesNothing(t *testing.T) {
	t.Parallel()
	l := Open()
	change := Counts{Read: 3, Held: 2, Dropped: map[string]int64{"malformed": 1}, Faults: map[string]int64{"f": 1}}
	l.Add(change)
	l.Add(change.Negated())
	text, err := json.Marshal(l.Counts())
	const want = `{"read":0,"accepted":0,"dropped":{},"dead_lettered":{},"held":0,"faults":{}}`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v; want %s", text, err, want)
	}
}

func TestCounts_Balanced(t *testing.T) {
	t.Parallel()
	for _, c := range []Counts{
		{Read: 1},
		{Read: 1, Accepted: 2},
		{Read: 1, Accepted: 2, Held: -1},
		{Read: 2, Dropped: map[string]int64{"a": 1}},
	} {
		if c.Balanced() {
			t.Errorf("%+v adds up", c)
		}
	}
}

func TestCounts_WriteTable(t *testing.T) {
	t.Parallel()
	c := Counts{
		Read: 10, Accepted: 6, Held: 0,
		Dropped:      map[string]int64{"unaddressable": 2, "malformed": 1},
		DeadLettered: map[string]int64{"silenced": 1},
		Faults:       map[string]int64{"malformed_custom_properties": 1},
	}
	var got strings.Builder
	if err := c.WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	const want = `read                                      10
accepted                                   6
dropped                                    3
  malformed                                1
  unaddressable                            2
dead-lettered                              1
  silenced                                 1
held                                       0
sent with faults                           1
  malformed_custom_properties              1
The ledger adds up.
`
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
}
