package dispatch

import (
	"fmt"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func recordsOf(ids ...string) []mapping.Record {
	records := make([]mapping.Record, len(ids))
	for i, id := range ids {
		records[i] = mapping.Record{InsertID: id, DeviceID: "device", Wire: []byte("12345")}
	}
	return records
}

// flight is an inflight with what it has handed to the committer.
type flight struct {
	*inflight
	counts *ledger.Ledger
	acks   []Ack
}

func newFlight(held int64) *flight {
	f := &flight{counts: ledger.Open()}
	f.counts.Add(ledger.Counts{Read: held, Held: held})
	f.inflight = newInflight(f.counts, func(a Ack) { f.acks = append(f.acks, a) })
	return f
}

// want checks everything that is counted.
func (f *flight) want(t *testing.T, when string, pending, acks int, read, accepted, held int64) {
	t.Helper()
	f.Apply()
	c := f.counts.Counts()
	if f.events != pending || f.bytes != 5*pending || len(f.acks) != acks || c.Read != read || c.Accepted != accepted || c.Held != held {
		t.Errorf("%s: %d events, %d bytes pending, %d acks, read %d, accepted %d, held %d; want %d, %d, %d, %d, %d, %d",
			when, f.events, f.bytes, len(f.acks), c.Read, c.Accepted, c.Held, pending, 5*pending, acks, read, accepted, held)
	}
	if !c.Balanced() {
		t.Errorf("%s: the ledger does not add up: %+v", when, c)
	}
}

func TestInflight_finishesWithTheLastEvent(t *testing.T) {
	t.Parallel()
	f := newFlight(3)
	events := f.Add(start, &queue.Chunk{ID: 7, Records: recordsOf("a", "b", "c")})
	f.want(t, "received", 3, 0, 3, 0, 3)
	f.Settle(events[1], outcome{})
	f.Move(events[0])
	f.want(t, "one settled, one delayed", 1, 0, 3, 1, 2)
	f.Settle(events[2], outcome{
		counts:     ledger.Counts{DeadLettered: map[string]int64{"refused": 1}},
		deadLetter: &queue.DeadLetter{Reason: "refused"},
	})
	f.want(t, "the last", 0, 1, 3, 1, 1)
	a := f.acks[0]
	if a.Chunk != 7 || a.Outcome.Accepted != 1 || a.Outcome.DeadLettered["refused"] != 1 || len(a.DeadLetters) != 1 {
		t.Errorf("ack %+v", a)
	}
	if _, ok := f.Oldest(); ok {
		t.Error("a finished chunk is in flight")
	}
}

func TestInflight_emptyChunkIsFinished(t *testing.T) {
	t.Parallel()
	f := newFlight(0)
	f.Add(start, &queue.Chunk{ID: 7})
	f.want(t, "received", 0, 1, 0, 0, 0)
}

// What was settled of a chunk before it was nacked is neither sent nor counted again,
// though the same event is in it twice.
func TestInflight_nackKeepsWhatWasSettled(t *testing.T) {
	t.Parallel()
	for _, uncounted := range []bool{false, true} {
		t.Run(fmt.Sprint("uncounted=", uncounted), func(t *testing.T) {
			t.Parallel()
			held := int64(4)
			if uncounted {
				held = 0
			}
			f := newFlight(held)
			received := &queue.Chunk{ID: 1, Redelivered: true, Uncounted: uncounted, Records: recordsOf("a", "b", "b", "c")}
			events := f.Add(start, received)
			f.want(t, "received", 4, 0, 4, 0, 4)
			f.Settle(events[0], outcome{})
			f.Settle(events[1], outcome{})
			f.want(t, "two settled", 2, 0, 4, 2, 2)
			if ids := f.Nack(events[2:]); fmt.Sprint(ids) != "[1]" {
				t.Errorf("nacked %v", ids)
			}
			if uncounted {
				f.want(t, "nacked", 0, 0, 0, 0, 0)
			} else {
				f.want(t, "nacked", 0, 0, 4, 2, 2)
			}
			again := *received
			again.ID, again.Records = 2, recordsOf("a", "b", "b", "c")
			events = f.Add(start, &again)
			f.want(t, "received again", 2, 0, 4, 2, 2)
			if events[0].record.InsertID != "b" || events[1].record.InsertID != "c" {
				t.Errorf("received %s and %s again", events[0].record.InsertID, events[1].record.InsertID)
			}
			f.Settle(events[0], outcome{})
			f.Settle(events[1], outcome{})
			f.want(t, "all settled", 0, 1, 4, 4, 0)
			if got := f.acks[0].Outcome.Accepted; got != 4 {
				t.Errorf("%d events in the ack, want 4", got)
			}
		})
	}
}

// A chunk was nacked, and another process has delivered the lane since: nothing of it was
// out here, so that it was not revoked. What comes next of the lane is all to be sent.
func TestInflight_nackedChunkOfAnotherProcess(t *testing.T) {
	t.Parallel()
	f := newFlight(0)
	events := f.Add(start, &queue.Chunk{ID: 1, Redelivered: true, Uncounted: true, Records: recordsOf("a", "b")})
	f.Settle(events[0], outcome{})
	f.Nack(events[1:])
	events = f.Add(start, &queue.Chunk{ID: 2, Redelivered: true, Uncounted: true, Records: recordsOf("c", "d")})
	f.want(t, "received", 2, 0, 2, 0, 2)
	f.Settle(events[0], outcome{})
	f.Settle(events[1], outcome{})
	f.want(t, "all settled", 0, 1, 2, 2, 0)
}

// Events of a revoked chunk are settled where it is received next.
func TestInflight_revokedChunkIsNotCounted(t *testing.T) {
	t.Parallel()
	for _, uncounted := range []bool{false, true} {
		held := int64(3)
		if uncounted {
			held = 0
		}
		f := newFlight(held)
		events := f.Add(start, &queue.Chunk{ID: 1, Uncounted: uncounted, Records: recordsOf("a", "b", "c")})
		revoked, unknown := f.Revoke([]uint64{1, 2})
		if len(revoked) != 1 || fmt.Sprint(unknown) != "[2]" {
			t.Errorf("revoked %d chunks, unknown %v", len(revoked), unknown)
		}
		f.want(t, "revoked", 3, 0, held, 0, held)
		f.Settle(events[0], outcome{}) // its upload could not be stopped
		f.Discard(events[1])
		f.Move(events[2])
		f.want(t, "gone", 0, 0, held, 0, held)
	}
}
