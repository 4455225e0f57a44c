package exporter_test

import (
	"context"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// gated lets uploads through once it is open.
type gated struct{ open chan struct{} }

func (g gated) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-g.open:
		return http.DefaultTransport.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// An export is stopped while its last chunk but one waits for room in the queue. The
// last one would fit, but it must not be stored and marked as read: the next run
// would skip what is missing before it.
func TestExporter_stoppedWhileAChunkWaitsForRoom(t *testing.T) {
	t.Parallel()
	const chunk = 1000
	for _, row := range []struct {
		name string
		tail int // events of the last chunk
	}{
		{"the last chunk is small", 10},
		{"the last chunk is empty", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t)
			dir, path := t.TempDir(), filepath.Join(t.TempDir(), "cursor.json")
			total := 2*chunk + row.tail
			// The reader is at the end of the input when it comes to the bad line.
			write(t, filepath.Join(dir, "in.ndjson"), append(distinct("x", total), "bad\n"...))

			reading, stopReading := context.WithCancel(t.Context())
			gate := gated{make(chan struct{})}
			x := start(t, exporter.Config{
				URL: sim.URL, APIKey: sim.Key, Transport: gate, OnBadInput: func(error) { stopReading() },
			})
			x.LimitQueue(chunk + max(row.tail, 1))
			running(t, x)
			inputs, sources := inputsAt(t, x, path, dir)
			if err := x.Follow(reading, func(yield func(*exporter.Source, error) bool) { yield(sources[0], nil) }); err != nil {
				t.Fatal(err)
			}
			close(gate.open)
			if _, err := x.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := inputs.Close(); err != nil {
				t.Fatal(err)
			}

			x = start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
			inputs, sources = inputsAt(t, x, path, dir)
			defer inputs.Close()
			if err := x.Export(t.Context(), sources...); err != nil {
				t.Fatal(err)
			}
			counts, err := sim.Control.Ledger(t.Context(), sim.Key)
			if err != nil || counts.Outcomes[control.Accepted] != uint64(total) {
				t.Errorf("after two runs %v, %v; want %d accepted", counts.Outcomes, err, total)
			}
		})
	}
}
