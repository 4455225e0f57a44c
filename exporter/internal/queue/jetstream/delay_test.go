package jetstream_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

func delay(tb testing.TB, q *jetstream.Queue, until time.Time, records ...mapping.Record) {
	tb.Helper()
	if err := q.Delay(tb.Context(), []queue.Delayed{{Until: until, Records: records}}); err != nil {
		tb.Fatalf("Delay: %v", err)
	}
}

func done(tb testing.TB, q *jetstream.Queue, id uint64) {
	tb.Helper()
	if err := q.Commit(tb.Context(), []byte(`{}`), id); err != nil {
		tb.Fatalf("Done: %v", err)
	}
}

func wantDelayed(tb testing.TB, q *jetstream.Queue, device string, want bool) {
	tb.Helper()
	r := event(device, 0)
	if got := q.IsDelayed(&r); got != want {
		tb.Fatalf("IsDelayed(%s) = %v; want %v", device, got, want)
	}
}

func wantIDs(tb testing.TB, got, want []mapping.Record) {
	tb.Helper()
	if diff := cmp.Diff(ids(want), ids(got)); diff != "" {
		tb.Fatalf("events (-want +got):\n%s", diff)
	}
}

// batchMessages is how many blocks the server stores in one step.
const batchMessages = 1000

// manyDevices returns an event for each of n devices.
func manyDevices(n int) (all []mapping.Record) {
	for i := range n {
		all = append(all, event(fmt.Sprint("device ", i), 0))
	}
	return all
}

func sortedIDs(records []mapping.Record) []string {
	all := ids(records)
	slices.Sort(all)
	return all
}

func TestDelay_ComesBackInOrderOneChunkAtATime(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	soon := time.Now().Add(300 * time.Millisecond)
	wantDelayed(t, q, "d", false)
	delay(t, q, soon, events("d", 0, 700)...)
	delay(t, q, soon, events("d", 700, 1400)...)
	delay(t, q, time.Time{}, events("d", 1400, 1401)...)
	wantDelayed(t, q, "d", true)
	wantDelayed(t, q, "other", false)

	first := next(t, q)
	if time.Now().Before(soon) {
		t.Errorf("delayed events came back before their time")
	}
	wantIDs(t, first.Records, events("d", 0, 300)) // whole blocks until there are 300
	wantDelayed(t, q, "d", true)
	nothing(t, q, 200*time.Millisecond) // the next waits for this one
	done(t, q, first.ID)
	// A Put of 700 is three blocks: of 300, 300 and 100.
	for _, want := range [][2]int{{300, 600}, {600, 1000}, {1000, 1300}} {
		chunk := next(t, q)
		wantIDs(t, chunk.Records, events("d", want[0], want[1]))
		done(t, q, chunk.ID)
	}
	second := next(t, q)
	wantIDs(t, second.Records, events("d", 1300, 1401))
	wantDelayed(t, q, "d", true) // it is on its way
	done(t, q, second.ID)
	nothing(t, q, 200*time.Millisecond)
	wantDelayed(t, q, "d", false)
}

// A Delay whose acknowledgement was lost is repeated: the events come once, in this process
// and in the next, also if they are more than the server stores in one step.
func TestDelay_repeated(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]mapping.Record{
		"one block":           events("d", 0, 5),
		"some blocks":         events("d", 0, 700),
		"more than one step":  manyDevices(batchMessages + 1),
		"equal events, twice": append(events("d", 0, 1), events("d", 0, 1)...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			q := open(t, config(dir))
			delayed := []queue.Delayed{{Until: time.Now().Add(-time.Second), Records: events}}
			if err := q.DelayUnheard(t.Context(), delayed); err != nil {
				t.Fatal(err)
			}
			nothing(t, q, 100*time.Millisecond)
			if err := q.Delay(t.Context(), delayed); err != nil {
				t.Fatal(err)
			}
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			q = open(t, config(dir))
			var got []mapping.Record
			for len(got) < len(events) {
				chunk := next(t, q)
				got = append(got, chunk.Records...)
				done(t, q, chunk.ID)
			}
			nothing(t, q, 200*time.Millisecond)
			if diff := cmp.Diff(sortedIDs(events), sortedIDs(got)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

// A Delay was stored and its answer was lost. Before it is repeated the partition of some
// of its events is revoked: the others are stored and received once all the same.
func TestDelay_repeatedAfterARevocation(t *testing.T) {
	t.Parallel()
	q := open(t, sharedQueue(t))
	put(t, q, events("a", 0, 2)...) // so that the partition is owned
	done(t, q, next(t, q).ID)
	until := time.Now()
	all := []queue.Delayed{{Until: until, Records: []mapping.Record{event("a", 2), event("b", 0), event("c", 0), event("d", 0)}}}
	if err := q.DelayUnheard(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	delay(t, q, until, event("b", 0), event("d", 0))
	if s, err := q.Stats(t.Context()); err != nil || s.DelayedBlocks != 4 {
		t.Errorf("%d delayed blocks, %v; want those of the first call", s.DelayedBlocks, err)
	}
	got := drain(t, q, 2)
	if len(got["b"]) != 1 || len(got["d"]) != 1 {
		t.Errorf("received %v; want one event of b and of d", got)
	}
	nothing(t, q, 200*time.Millisecond)
}

// Another Delay after one that failed stores what it is given.
func TestDelay_anotherAfterAFailure(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	soon := time.Now()
	if err := q.DelayUnheard(t.Context(), []queue.Delayed{{Until: soon, Records: events("d", 0, 3)}}); err != nil {
		t.Fatal(err)
	}
	delay(t, q, soon, events("d", 0, 2)...)
	chunk := next(t, q)
	wantIDs(t, chunk.Records, events("d", 0, 2))
}

func TestDelay_LatestTimeCountsForTheLane(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	now := time.Now()
	delay(t, q, now.Add(time.Hour), events("late", 0, 1)...)
	delay(t, q, now, events("late", 1, 2)...)
	delay(t, q, now, events("early", 0, 1)...)
	chunk := next(t, q)
	wantIDs(t, chunk.Records, events("early", 0, 1))
	nothing(t, q, 200*time.Millisecond)
}

func TestNackUntil_KeepsTheOrder(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	delay(t, q, time.Now(), events("d", 0, 2)...)
	chunk := next(t, q)
	q.NackUntil(chunk.ID, time.Now().Add(200*time.Millisecond))
	done(t, q, chunk.ID) // is nothing's id any more
	wantDelayed(t, q, "d", true)
	delay(t, q, time.Time{}, events("d", 2, 3)...)
	again := next(t, q)
	wantIDs(t, again.Records, events("d", 0, 3))
	done(t, q, again.ID)
	nothing(t, q, 200*time.Millisecond)
}

func TestDelay_SurvivesReopening(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, config(dir))
	wake := time.Now().Add(1500 * time.Millisecond)
	put(t, q, events("d", 0, 5)...)
	chunk := next(t, q)
	delay(t, q, wake, chunk.Records...)
	done(t, q, chunk.ID)
	for n := 5; n < 1200; n += 5 {
		delay(t, q, time.Time{}, events("d", n, n+5)...)
	}
	delay(t, q, wake.Add(time.Hour), events("tomorrow", 0, 1)...)
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}

	q = open(t, config(dir))
	wantDelayed(t, q, "d", true)
	wantDelayed(t, q, "tomorrow", true)
	stats, err := q.Stats(t.Context())
	if err != nil || stats.DelayedLanes != 2 || stats.DelayedBlocks != 241 || stats.Blocks != 0 {
		t.Fatalf("Stats after reopening: %+v, %v; want 241 delayed blocks of 2 lanes, no other", stats, err)
	}
	var got []mapping.Record
	for len(got) < 1200 {
		chunk := next(t, q)
		got = append(got, chunk.Records...)
		done(t, q, chunk.ID)
	}
	if time.Now().Before(wake) {
		t.Errorf("delayed events came back before their time")
	}
	wantIDs(t, got, events("d", 0, 1200))
	nothing(t, q, 100*time.Millisecond)
}
