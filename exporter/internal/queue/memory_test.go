package queue

import (
	"context"
	"errors"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

func records(n int) []mapping.Record {
	all := make([]mapping.Record, n)
	for i := range all {
		all[i].Wire = []byte("12345")
	}
	return all
}

func TestMemory_bounds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name                string
		maxEvents, maxBytes int
		puts                []int
		want                []error
	}{
		{"events", 5, 1000, []int{3, 2, 1}, []error{nil, nil, ErrFull}},
		{"bytes", 100, 24, []int{3, 1, 1}, []error{nil, nil, ErrFull}},
		{"a large chunk into an empty queue", 5, 5, []int{50, 1}, []error{nil, ErrFull}},
	} {
		m := NewMemory(row.maxEvents, row.maxBytes)
		for i, n := range row.puts {
			if err := m.Put(t.Context(), records(n)); !errors.Is(err, row.want[i]) {
				t.Errorf("%s: put %d of %d events: %v, want %v", row.name, i, n, err, row.want[i])
			}
		}
		first, err := m.Next(t.Context())
		if err != nil || len(first.Records) != row.puts[0] {
			t.Fatalf("%s: Next = %d events, %v; want %d", row.name, len(first.Records), err, row.puts[0])
		}
		if err := m.Put(t.Context(), records(1)); !errors.Is(err, ErrFull) {
			t.Errorf("%s: handing a chunk out made room: %v", row.name, err)
		}
		if err := errors.Join(m.Done(t.Context(), first.ID), m.Put(t.Context(), records(1))); err != nil {
			t.Errorf("%s: put after done: %v", row.name, err)
		}
	}
}

func TestMemory_nextWaits(t *testing.T) {
	t.Parallel()
	m := NewMemory(10, 1000)
	got := make(chan Chunk)
	for range 2 { // consumers
		go func() {
			c, err := m.Next(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- c
		}()
	}
	for range 2 {
		if err := m.Put(t.Context(), records(1)); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := <-got, <-got; a.ID == b.ID {
		t.Errorf("chunk %d was handed out twice", a.ID)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Next after the end: %v", err)
	}
}
