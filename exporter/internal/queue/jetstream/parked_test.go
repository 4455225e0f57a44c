package jetstream_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

func park(tb testing.TB, q *jetstream.Queue, until time.Time, records ...mapping.Record) {
	tb.Helper()
	if err := q.Park(tb.Context(), []jetstream.Stay{{Until: until, Records: records}}); err != nil {
		tb.Fatalf("Park: %v", err)
	}
}

func done(tb testing.TB, q *jetstream.Queue, id uint64) {
	tb.Helper()
	if err := q.Done(tb.Context(), id); err != nil {
		tb.Fatalf("Done: %v", err)
	}
}

func wantParked(tb testing.TB, q *jetstream.Queue, device string, want bool) {
	tb.Helper()
	r := event(device, 0)
	if got := q.Parked(&r); got != want {
		tb.Fatalf("Parked(%s) = %v; want %v", device, got, want)
	}
}

func wantIDs(tb testing.TB, got, want []mapping.Record) {
	tb.Helper()
	if diff := cmp.Diff(ids(want), ids(got)); diff != "" {
		tb.Fatalf("events (-want +got):\n%s", diff)
	}
}

func TestPark_ComesBackInOrderOneChunkAtATime(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	soon := time.Now().Add(300 * time.Millisecond)
	wantParked(t, q, "d", false)
	park(t, q, soon, events("d", 0, 700)...)
	park(t, q, soon, events("d", 700, 1400)...)
	park(t, q, time.Time{}, events("d", 1400, 1401)...)
	wantParked(t, q, "d", true)
	wantParked(t, q, "other", false)

	first := next(t, q)
	if time.Now().Before(soon) {
		t.Errorf("parked events came back before their time")
	}
	wantIDs(t, first.Records, events("d", 0, 300)) // whole blocks until there are 300
	wantParked(t, q, "d", true)
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
	wantParked(t, q, "d", true) // it is on its way
	done(t, q, second.ID)
	nothing(t, q, 200*time.Millisecond)
	wantParked(t, q, "d", false)
}

func TestPark_LatestTimeCountsForTheLane(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	now := time.Now()
	park(t, q, now.Add(time.Hour), events("late", 0, 1)...)
	park(t, q, now, events("late", 1, 2)...)
	park(t, q, now, events("early", 0, 1)...)
	chunk := next(t, q)
	wantIDs(t, chunk.Records, events("early", 0, 1))
	nothing(t, q, 200*time.Millisecond)
}

func TestReturn_KeepsTheOrder(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	park(t, q, time.Now(), events("d", 0, 2)...)
	chunk := next(t, q)
	q.Return(chunk.ID, time.Now().Add(200*time.Millisecond))
	done(t, q, chunk.ID) // is nothing's id any more
	wantParked(t, q, "d", true)
	park(t, q, time.Time{}, events("d", 2, 3)...)
	again := next(t, q)
	wantIDs(t, again.Records, events("d", 0, 3))
	done(t, q, again.ID)
	nothing(t, q, 200*time.Millisecond)
}

func TestPark_SurvivesReopening(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, config(dir))
	wake := time.Now().Add(1500 * time.Millisecond)
	put(t, q, events("d", 0, 5)...)
	chunk := next(t, q)
	park(t, q, wake, chunk.Records...)
	done(t, q, chunk.ID)
	for n := 5; n < 1200; n += 5 {
		park(t, q, time.Time{}, events("d", n, n+5)...)
	}
	park(t, q, wake.Add(time.Hour), events("tomorrow", 0, 1)...)
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}

	q = open(t, config(dir))
	wantParked(t, q, "d", true)
	wantParked(t, q, "tomorrow", true)
	stats, err := q.Stats(t.Context())
	if err != nil || stats.ParkedLanes != 2 || stats.ParkedBlocks != 241 || stats.Blocks != 0 {
		t.Fatalf("Stats after reopening: %+v, %v; want 241 parked blocks of 2 lanes, no other", stats, err)
	}
	var got []mapping.Record
	for len(got) < 1200 {
		chunk := next(t, q)
		got = append(got, chunk.Records...)
		done(t, q, chunk.ID)
	}
	if time.Now().Before(wake) {
		t.Errorf("parked events came back before their time")
	}
	wantIDs(t, got, events("d", 0, 1200))
	nothing(t, q, 100*time.Millisecond)
}
