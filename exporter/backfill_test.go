package exporter_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// inputsAt opens a directory with a cursor, and lists what is to be read.
func inputsAt(t *testing.T, x *exporter.Exporter, cursor, dir string) (*exporter.Inputs, []*exporter.Source) {
	t.Helper()
	inputs, err := x.OpenInputs(t.Context(), exporter.InputsConfig{Paths: []string{dir}, Cursor: cursor})
	if err != nil {
		t.Fatal(err)
	}
	return inputs, listed(t, inputs)
}

func listed(t *testing.T, inputs *exporter.Inputs) []*exporter.Source {
	t.Helper()
	list, err := inputs.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list.Sources
}

// A backfill that is cut off again and again by a key that is refused loses nothing:
// the cursor stays behind what is not settled, and what is settled is not sent
// again.
func TestExporter_backfillResumes(t *testing.T) {
	t.Parallel()
	const perFile = 2500
	sim := simtest.Start(t)
	dir, path := t.TempDir(), filepath.Join(t.TempDir(), "cursor.json")
	for _, name := range []string{"a.ndjson", "b.ndjson"} {
		write(t, filepath.Join(dir, name), distinct(name[:1], perFile))
	}

	// The first run delivers its first chunk and is refused then. Uploads are under way
	// side by side, so which are refused is not a matter of their number.
	const chunk = 1000
	ofFirst := func(body []byte) int { return bytes.Count(body, []byte(`"insert_id":"a-event-00`)) }
	var taken atomic.Int64
	bad := &refusing{
		passes: func(body []byte) bool { return ofFirst(body) > 0 },
		taken:  func(body []byte) { taken.Add(int64(ofFirst(body))) },
	}
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key, Transport: bad})
	bad.due = func() bool { return taken.Load() == chunk && x.Ledger().Accepted >= chunk }
	inputs, sources := inputsAt(t, x, path, dir)
	err := x.Export(t.Context(), sources...)
	first := x.Ledger()
	if !errors.Is(err, exporter.ErrKeyRefused) || first.Accepted == 0 || first.Held == 0 {
		t.Fatalf("first run: %v, ledger %+v; want a part of it delivered", err, first)
	}
	if err := inputs.Close(); err != nil {
		t.Fatal(err)
	}

	// The second finishes it.
	x = start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	inputs, sources = inputsAt(t, x, path, dir)
	if err := x.Export(t.Context(), sources...); err != nil {
		t.Fatal(err)
	}
	if err := inputs.Close(); err != nil {
		t.Fatal(err)
	}
	second := x.Ledger()
	ledger, err := sim.Control.Ledger(t.Context(), sim.Key)
	if err != nil {
		t.Fatal(err)
	}
	if got := ledger.Outcomes[control.Accepted]; got != 2*perFile {
		t.Errorf("%d events arrived, want %d", got, 2*perFile)
	}
	// Chunks are of 1000, so at most the accepted events of unfinished chunks
	// are sent again.
	if again := first.Accepted + second.Accepted - 2*perFile; again < 0 || again > first.Accepted || second.Read == 2*perFile {
		t.Errorf("accepted %d and %d of %d, read %d in the second run: the cursor did not move",
			first.Accepted, second.Accepted, 2*perFile, second.Read)
	}

	// The third has nothing to do.
	inputs, left := inputsAt(t, x, path, dir)
	defer inputs.Close()
	if len(left) != 0 {
		t.Errorf("%d inputs left, want none", len(left))
	}
}

// An input that ends in the middle is not done, and what was read of it is.
func TestExporter_backfillUnreadable(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	dir, path := t.TempDir(), filepath.Join(t.TempDir(), "cursor.json")
	file := filepath.Join(dir, "a.ndjson")
	write(t, file, distinct("a", 5))
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	inputs, sources := inputsAt(t, x, path, dir)
	defer inputs.Close()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	var unreadable *exporter.InputError
	if err := x.Export(t.Context(), sources...); !errors.As(err, &unreadable) || unreadable.Name != file {
		t.Errorf("Export of a file that is gone: %v", err)
	}
	write(t, file, distinct("a", 5))
	if left := listed(t, inputs); len(left) != 1 {
		t.Errorf("%d inputs left, want the one that could not be read", len(left))
	}
}
