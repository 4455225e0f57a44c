package jetstream_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

func TestLetters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, config(dir))
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var want []queue.DeadLetter
	for n := range 5 {
		want = append(want, queue.DeadLetter{
			ID: uint64(n + 1), Reason: "invalid_field", FirstError: "first", LastError: "last", Attempts: n, At: at,
			Record: event("d", n),
		})
	}
	if _, err := q.AddDeadLetters(t.Context(), want); err != nil {
		t.Fatalf("AddDeadLetters: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	q = open(t, config(dir))

	if err := q.DeleteDeadLetter(t.Context(), 3); err != nil {
		t.Fatalf("DeleteDeadLetter(3): %v", err)
	}
	if err := q.DeleteDeadLetter(t.Context(), 3); !errors.Is(err, jetstream.ErrNotFound) {
		t.Errorf("DeleteDeadLetter(3) again: %v; want ErrNotFound", err)
	}
	if _, err := q.DeadLetter(t.Context(), 3); !errors.Is(err, jetstream.ErrNotFound) {
		t.Errorf("Letter(3) after it was taken: %v; want ErrNotFound", err)
	}
	if got, err := q.DeadLetter(t.Context(), 4); err != nil || !cmp.Equal(want[3], got) {
		t.Errorf("Letter(4): %v\n%s", err, cmp.Diff(want[3], got))
	}
	got, err := q.ListDeadLetters(t.Context(), 1, 2)
	if err != nil {
		t.Fatalf("Letters: %v", err)
	}
	if diff := cmp.Diff([]queue.DeadLetter{want[1], want[3]}, got); diff != "" {
		t.Fatalf("Letters after 1, at most 2, without 3 (-want +got):\n%s", diff)
	}
	if rest, err := q.ListDeadLetters(t.Context(), 5, 10); err != nil || len(rest) != 0 {
		t.Errorf("Letters after the last: %d, %v", len(rest), err)
	}
	nothing(t, q, 100*time.Millisecond)
}

func TestState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, config(dir))
	const cursor = "cursor s3://bucket/päth with spaces/*.avro"
	if _, ok, err := q.State(t.Context(), cursor); ok || err != nil {
		t.Fatalf("State of an unknown key = %v, %v", ok, err)
	}
	for _, value := range []string{"1", "2"} {
		if err := q.SetState(t.Context(), cursor, []byte(value)); err != nil {
			t.Fatalf("SetState: %v", err)
		}
	}
	if err := q.SetState(t.Context(), "gone", nil); err != nil {
		t.Fatalf("SetState: %v", err)
	}
	if err := q.DeleteState(t.Context(), "gone"); err != nil {
		t.Fatalf("DeleteState: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	q = open(t, config(dir))
	if value, ok, err := q.State(t.Context(), cursor); string(value) != "2" || !ok || err != nil {
		t.Errorf("State after reopening = %q, %v, %v; want 2", value, ok, err)
	}
	if _, ok, err := q.State(t.Context(), "gone"); ok || err != nil {
		t.Errorf("State of a deleted key = %v, %v", ok, err)
	}
}

// When there is room for some letters only the oldest are kept, and who buries them is
// returned how many.
func TestQueue_DeadLettersBeyondTheBound(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.MaxBytes = 1 << 20
	q := open(t, cfg)
	letters := make([]queue.DeadLetter, 300)
	for i := range letters {
		letters[i] = queue.DeadLetter{Reason: "refused", Record: event("d", i)}
		letters[i].Record.Wire = randomBytes(uint64(i), 1000)
	}
	stored, err := q.AddDeadLetters(t.Context(), letters)
	if !errors.Is(err, queue.ErrFull) || stored < 50 || stored == len(letters) {
		t.Fatalf("AddDeadLetters = %d, %v; want a part of %d and ErrFull", stored, err, len(letters))
	}
	kept, err := q.ListDeadLetters(t.Context(), 0, len(letters))
	if err != nil || len(kept) != stored || kept[stored-1].Record.InsertID != letters[stored-1].Record.InsertID {
		t.Errorf("%d letters, %v; want the first %d", len(kept), err, stored)
	}
	if n, err := q.PurgeDeadLetters(t.Context()); err != nil || n != uint64(stored) {
		t.Errorf("PurgeLetters = %d, %v; want %d", n, err, stored)
	}
	if stored, err := q.AddDeadLetters(t.Context(), letters[:10]); err != nil || stored != 10 {
		t.Errorf("AddDeadLetters after the purge = %d, %v; want 10", stored, err)
	}
}

// A purge deletes what it counts, also while letters are added.
func TestQueue_PurgeWhileLettersAreAdded(t *testing.T) {
	t.Parallel()
	q := open(t, config(t.TempDir()))
	const all = 500
	added := make(chan error, 1)
	go func() {
		for i := range all {
			if _, err := q.AddDeadLetters(t.Context(), []queue.DeadLetter{{Reason: "refused", Record: event("d", i)}}); err != nil {
				added <- err
				return
			}
		}
		added <- nil
	}()
	var purged uint64
	for done := false; !done; {
		select {
		case err := <-added:
			if err != nil {
				t.Fatal(err)
			}
			done = true
		default:
		}
		n, err := q.PurgeDeadLetters(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		purged += n
	}
	left, err := q.ListDeadLetters(t.Context(), 0, all)
	if err != nil || purged+uint64(len(left)) != all {
		t.Errorf("%d letters purged and %d left, %v; want %d together", purged, len(left), err, all)
	}
}

// Dead letters can be looked at, and deleted, beside the process that works on the queue.
func TestOpen_PassiveBeside(t *testing.T) {
	t.Parallel()
	for name, dir := range map[string]string{
		"short path": t.TempDir(),
		"long path":  filepath.Join(t.TempDir(), strings.Repeat("long-", 30)),
	} {
		q := open(t, config(dir))
		put(t, q, events("d", 0, 10)...)
		if _, err := q.AddDeadLetters(t.Context(), []queue.DeadLetter{{Reason: "refused", Record: event("d", 1)}}); err != nil {
			t.Fatal(err)
		}
		cfg := config(dir)
		cfg.Passive, cfg.MaxBytes = true, 1<<30 // which changes nothing
		beside := open(t, cfg)
		letters, err := beside.ListDeadLetters(t.Context(), 0, 10)
		if err != nil || len(letters) != 1 || !beside.IsBeside() {
			t.Fatalf("%s: letters %+v, %v; want one", name, letters, err)
		}
		if err := beside.DeleteDeadLetter(t.Context(), letters[0].ID); err != nil {
			t.Errorf("%s: TakeLetter: %v", name, err)
		}
		stats, err := q.Stats(t.Context())
		if err != nil || stats.DeadLetters != 0 || stats.MaxBytes != 48<<20 {
			t.Errorf("%s: stats %+v, %v; want no dead letters, and the bound of before", name, stats, err)
		}
		if err := beside.Close(); err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
		drain(t, q, 10)
	}
}
