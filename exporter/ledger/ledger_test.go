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
	change := Counts{
		Read: 3, Held: 2, Dropped: map[string]int64{"malformed": 1}, Faults: map[string]int64{"f": 1},
		Unknown: map[string]int64{"u": 1}, NotExported: map[string]int64{"n": 2},
	}
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

// What is not known is a line of its own, and no sum is claimed over it.
func TestCounts_WriteTableUnaccounted(t *testing.T) {
	t.Parallel()
	c := Counts{
		Read: 10, Accepted: 6, DeadLettered: map[string]int64{"refused": 1}, Unaccounted: 3,
		Unkept: map[string]int64{"refused": 1},
	}
	var got strings.Builder
	if err := c.WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	const want = `read                                      10
accepted                                   6
dropped                                    0
dead-lettered                              1
  refused                                  1
held                                       0
unaccounted for                            3
dead letters not kept                      1
  refused                                  1
It is not known what became of 3 events: the record was lost with damaged files of the queue.
`
	if got.String() != want || !c.Balanced() {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
}

func TestCounts_WriteTable(t *testing.T) {
	t.Parallel()
	c := Counts{
		Read: 14, Accepted: 6, Held: 0,
		Dropped:      map[string]int64{"unaddressable": 2, "malformed": 1, "unknown_type": 3, "not_exported": 1},
		DeadLettered: map[string]int64{"silenced": 1},
		Faults:       map[string]int64{"malformed_custom_properties": 1},
		Unknown:      map[string]int64{"users.messages.telegram.Send": 2, "users.messages.fax.Send": 1},
		NotExported:  map[string]int64{"users.RandomBucketNumberUpdate": 1},
	}
	var got strings.Builder
	if err := c.WriteTable(&got); err != nil {
		t.Fatal(err)
	}
	const want = `read                                      14
accepted                                   6
dropped                                    7
  malformed                                1
  not_exported                             1
  unaddressable                            2
  unknown_type                             3
dead-lettered                              1
  silenced                                 1
held                                       0
sent with faults                           1
  malformed_custom_properties              1
of unknown types                           3
  users.messages.fax.Send                  1
  users.messages.telegram.Send             2
of types not exported                      1
  users.RandomBucketNumberUpdate           1
The ledger adds up.
`
	if got.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
}
