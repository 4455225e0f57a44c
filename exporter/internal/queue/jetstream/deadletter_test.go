package jetstream_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

func TestLetters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, config(dir))
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var want []jetstream.Letter
	for n := range 5 {
		want = append(want, jetstream.Letter{
			ID: uint64(n + 1), Reason: "invalid_field", FirstError: "first", LastError: "last", Attempts: n, At: at,
			Record: event("d", n),
		})
	}
	if err := q.Bury(t.Context(), want); err != nil {
		t.Fatalf("Bury: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	q = open(t, config(dir))

	if err := q.TakeLetter(t.Context(), 3); err != nil {
		t.Fatalf("TakeLetter(3): %v", err)
	}
	if err := q.TakeLetter(t.Context(), 3); !errors.Is(err, jetstream.ErrNotFound) {
		t.Errorf("TakeLetter(3) again: %v; want ErrNotFound", err)
	}
	if _, err := q.Letter(t.Context(), 3); !errors.Is(err, jetstream.ErrNotFound) {
		t.Errorf("Letter(3) after it was taken: %v; want ErrNotFound", err)
	}
	if got, err := q.Letter(t.Context(), 4); err != nil || !cmp.Equal(want[3], got) {
		t.Errorf("Letter(4): %v\n%s", err, cmp.Diff(want[3], got))
	}
	got, err := q.Letters(t.Context(), 1, 2)
	if err != nil {
		t.Fatalf("Letters: %v", err)
	}
	if diff := cmp.Diff([]jetstream.Letter{want[1], want[3]}, got); diff != "" {
		t.Fatalf("Letters after 1, at most 2, without 3 (-want +got):\n%s", diff)
	}
	if rest, err := q.Letters(t.Context(), 5, 10); err != nil || len(rest) != 0 {
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
