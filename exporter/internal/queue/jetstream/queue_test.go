package jetstream_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// config is for an embedded queue of few partitions.
func config(dir string) jetstream.Config {
	return jetstream.Config{
		Dir: dir, Connector: "test", Durability: jetstream.DurabilityOS, Partitions: 4, MaxBytes: 64 << 20, Clock: clock.System(),
	}
}

func open(tb testing.TB, cfg jetstream.Config) *jetstream.Queue {
	tb.Helper()
	q, err := jetstream.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() {
		if err := q.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	return q
}

// event is the n-th event of a device.
func event(device string, n int) mapping.Record {
	id := fmt.Sprintf("%s-%06d", device, n)
	return mapping.Record{
		Type: "users.messages.email.Open", InsertID: id, DeviceID: device, UserID: "u-" + device, Time: int64(n),
		Wire: []byte(`{"event_type":"[Appboy] Email Open","insert_id":"` + id + `"}`),
	}
}

func events(device string, from, to int) []mapping.Record {
	records := make([]mapping.Record, 0, to-from)
	for n := from; n < to; n++ {
		records = append(records, event(device, n))
	}
	return records
}

func batchOf(records []mapping.Record) *queue.Batch { return &queue.Batch{Records: records} }

func put(tb testing.TB, q *jetstream.Queue, records ...mapping.Record) {
	tb.Helper()
	if err := q.Store(tb.Context(), batchOf(records)); err != nil {
		tb.Fatalf("Put: %v", err)
	}
}

// next returns the next chunk, and fails after a time in which it must have come.
func next(tb testing.TB, q *jetstream.Queue) queue.Chunk {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), time.Minute)
	defer cancel()
	chunk, err := q.Receive(ctx)
	if err != nil {
		tb.Fatalf("Receive: %v", err)
	}
	return chunk
}

// nothing fails if a chunk comes within d.
func nothing(tb testing.TB, q *jetstream.Queue, d time.Duration) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), d)
	defer cancel()
	if chunk, err := q.Receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		tb.Fatalf("Receive = chunk of %d records, %v; want none within %v", len(chunk.Records), err, d)
	}
}

// drain takes n records, done chunk by chunk, and returns their ids by device.
func drain(tb testing.TB, q *jetstream.Queue, n int) map[string][]string {
	tb.Helper()
	got := make(map[string][]string)
	for n > 0 {
		chunk := next(tb, q)
		n -= len(chunk.Records)
		for i := range chunk.Records {
			r := &chunk.Records[i]
			got[r.DeviceID] = append(got[r.DeviceID], r.InsertID)
		}
		if err := q.Commit(tb.Context(), []byte(`{}`), chunk.ID); err != nil {
			tb.Fatalf("Done: %v", err)
		}
	}
	return got
}

func ids(records []mapping.Record) []string {
	list := make([]string, len(records))
	for i := range records {
		list[i] = records[i].InsertID
	}
	return list
}

func TestQueue_RoundTrip(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	want := []mapping.Record{event("d1", 1), event("d1", 2)}
	want[1].Faults = []string{"malformed_custom_properties"}
	put(t, q, want...)
	chunk := next(t, q)
	if diff := cmp.Diff(want, chunk.Records); diff != "" {
		t.Fatalf("records after Put and Receive (-want +got):\n%s", diff)
	}
	if err := q.Commit(t.Context(), []byte(`{}`), chunk.ID); err != nil {
		t.Fatalf("Done: %v", err)
	}
	nothing(t, q, 200*time.Millisecond)
}

func TestQueue_KeepsOrderOfDevices(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	want := make(map[string][]string)
	for round := range 10 {
		var mixed []mapping.Record
		for n := range 400 {
			device := fmt.Sprint("device-", n%7)
			r := event(device, round*1000+n)
			want[device] = append(want[device], r.InsertID)
			mixed = append(mixed, r)
		}
		put(t, q, mixed...)
	}
	if diff := cmp.Diff(want, drain(t, q, 4000)); diff != "" {
		t.Fatalf("events by device (-put +handed out):\n%s", diff)
	}
}

func TestQueue_LargePutIsDividedIntoBlocks(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	all := events("d", 0, 2500)
	put(t, q, all...)
	var sizes []int
	for range 3 {
		sizes = append(sizes, len(next(t, q).Records))
	}
	if diff := cmp.Diff([]int{1000, 1000, 500}, sizes); diff != "" {
		t.Fatalf("records in blocks (-want +got):\n%s", diff)
	}
}

func TestQueue_LargestEvent(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	big := event("d", 1)
	big.Wire = []byte(`{"x":"` + strings.Repeat("0123456789abcdef", mapping.MaxWire/16-1) + `"}`)
	put(t, q, big, event("d", 2), big)
	got := drain(t, q, 3)
	if diff := cmp.Diff([]string{"d-000001", "d-000002", "d-000001"}, got["d"]); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
}

func TestQueue_UndoneComesAgainAfterReopening(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, config(dir))
	for n := range 6 { // one device, so that the order of chunks is known
		put(t, q, events("d", n*10, n*10+10)...)
	}
	chunks := make([]queue.Chunk, 4)
	for i := range chunks {
		chunks[i] = next(t, q)
	}
	for _, done := range []int{0, 2} {
		if err := q.Commit(t.Context(), []byte(`{}`), chunks[done].ID); err != nil {
			t.Fatalf("Done: %v", err)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}

	q = open(t, config(dir))
	want := append(ids(events("d", 10, 20)), ids(events("d", 30, 60))...)
	if diff := cmp.Diff(want, drain(t, q, 40)["d"]); diff != "" {
		t.Fatalf("after reopening with chunks 0 and 2 of 6 done (-want +got):\n%s", diff)
	}
	nothing(t, q, 200*time.Millisecond)
}

func TestQueue_Full(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.MaxBytes = 1 << 20
	q := open(t, cfg)
	noise := event("d", 0)
	var stored int
	var err error
	for ; stored < 1000; stored++ {
		noise.Wire = randomBytes(uint64(stored), 20_000)
		if err = q.Store(t.Context(), batchOf([]mapping.Record{noise, event("other", stored)})); err != nil {
			break
		}
	}
	if !errors.Is(err, queue.ErrFull) {
		t.Fatalf("Put number %d into a queue of 1 MiB: %v; want queue.ErrFull", stored, err)
	}
	if stored < 30 || stored > 40 { // 768 KiB of 20 KB each
		t.Errorf("%d puts of 20 KB fit 3/4 of 1 MiB", stored)
	}
	drain(t, q, 2*stored)
	waitFor(t, "room after everything is done", func() bool {
		return q.Store(t.Context(), batchOf([]mapping.Record{noise})) == nil
	})
}

// A Put of several blocks that does not fit is refused as a whole, although its
// first blocks would fit.
func TestQueue_FullForALargePut(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.MaxBytes, cfg.Partitions = 4<<20, 1
	q := open(t, cfg)
	large := func(device string) (records []mapping.Record) {
		for n, r := range events(device, 0, 20) {
			r.Wire = randomBytes(uint64(n), 100_000)
			records = append(records, r)
		}
		return records
	}
	put(t, q, large("fits")...) // 2 of 3 MB
	if err := q.Store(t.Context(), batchOf(large("does-not"))); !errors.Is(err, queue.ErrFull) {
		t.Fatalf("Put of 2 MB with room for 1 MB: %v; want queue.ErrFull", err)
	}
	put(t, q, event("small", 0))
	got := drain(t, q, 21)
	if len(got["does-not"]) > 0 {
		t.Errorf("%d events of a Put that was refused came", len(got["does-not"]))
	}
	if diff := cmp.Diff(ids(events("fits", 0, 20)), got["fits"]); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	nothing(t, q, 200*time.Millisecond)
}

func TestQueue_PutBlockedByCanceledContext(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Store(ctx, batchOf(events("d", 0, 1))); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("Put with a canceled context: %v", err)
	}
	if _, err := q.Receive(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("Receive with a canceled context: %v", err)
	}
}

func TestQueue_Closed(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if err := q.Store(t.Context(), batchOf(events("d", 0, 1))); !errors.Is(err, jetstream.ErrClosed) {
		t.Errorf("Put after Close: %v; want ErrClosed", err)
	}
	if _, err := q.Receive(t.Context()); !errors.Is(err, jetstream.ErrClosed) {
		t.Errorf("Receive after Close: %v; want ErrClosed", err)
	}
}

func TestOpen_Locked(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	open(t, cfg)
	if q, err := jetstream.Open(t.Context(), cfg); !errors.Is(err, jetstream.ErrLocked) {
		if err == nil {
			_ = q.Close()
		}
		t.Fatalf("second Open of a directory: %v; want ErrLocked", err)
	}
}

func TestOpen_OtherPartitions(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	if err := open(t, cfg).Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	cfg.Partitions = 8
	if _, err := jetstream.Open(t.Context(), cfg); !errors.Is(err, jetstream.ErrMismatch) {
		t.Fatalf("Open with 8 partitions of a queue of 4: %v; want ErrMismatch", err)
	}
}

func TestOpen_InvalidConfig(t *testing.T) {
	t.Parallel()
	valid := config(filepath.Join(t.TempDir(), "never"))
	for name, change := range map[string]func(*jetstream.Config){
		"no place":      func(c *jetstream.Config) { c.Dir = "" },
		"bad connector": func(c *jetstream.Config) { c.Connector = "a.b" },
		"no connector":  func(c *jetstream.Config) { c.Connector = "" },
		"durability":    func(c *jetstream.Config) { c.Durability = "sometimes" },
		"partitions":    func(c *jetstream.Config) { c.Partitions = -1 },
		"bound":         func(c *jetstream.Config) { c.MaxBytes = 100 },
		"lease":         func(c *jetstream.Config) { c.Lease = time.Millisecond },
		"no clock":      func(c *jetstream.Config) { c.Clock = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := valid
			change(&cfg)
			if q, err := jetstream.Open(t.Context(), cfg); err == nil {
				_ = q.Close()
				t.Fatal("Open succeeded")
			}
		})
	}
}

// waitFor waits until a condition holds that must come to hold.
func waitFor(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatalf("%s: not within a minute", what)
		}
	}
}

func logTo(tb testing.TB) *slog.Logger {
	tb.Helper()
	return slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}
