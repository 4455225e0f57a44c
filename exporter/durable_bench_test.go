package exporter_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// sink takes every upload, over HTTP, and counts its events.
func sink(tb testing.TB) (url string, events *atomic.Int64) {
	tb.Helper()
	events = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := countEvents(r.Body)
		events.Add(n)
		_, _ = fmt.Fprintf(w, `{"code":200,"events_ingested":%d}`, n)
	}))
	tb.Cleanup(server.Close)
	return server.URL, events
}

// countEvents counts the events of an upload by what each of them ends its library
// with. It begins with a letter that is rare in them, so counting costs little.
func countEvents(body io.Reader) (n int64) {
	buffer := make([]byte, 64<<10)
	mark := []byte(`Braze"`)
	for tail := 0; ; {
		read, err := body.Read(buffer[tail:])
		read += tail
		n += int64(bytes.Count(buffer[:read], mark))
		tail = min(len(mark)-1, read) // a mark may be cut in two
		copy(buffer, buffer[read-tail:read])
		if err != nil {
			return n
		}
	}
}

// BenchmarkDurable exports Avro files to a sink over HTTP in three ways that take
// turns: with the queue on disk and an fsync for every chunk, with the queue in
// memory, and naively. What it reports are medians; the first turn is not counted.
func BenchmarkDurable(b *testing.B) {
	const events, turns = 300_000, 5
	dir := benchInput{events: events, users: 100_000}.write(b)
	url, arrived := sink(b)
	ways := []struct {
		name string
		run  func() time.Duration
	}{
		{"durable", func() time.Duration { return exportBench(b, url, dir, exporter.Queue{Dir: b.TempDir()}) }},
		{"memory", func() time.Duration { return exportBench(b, url, dir, exporter.Queue{}) }},
		{"naive", func() time.Duration {
			began := time.Now()
			if err := newNaive(b, url).export(dir); err != nil {
				b.Fatal(err)
			}
			return time.Since(began)
		}},
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for turn := range 1 + turns {
			for _, way := range ways {
				before := arrived.Load()
				duration := way.run()
				if got := arrived.Load() - before; got != events {
					b.Fatalf("%s: %d events arrived, want %d", way.name, got, events)
				}
				if turn > 0 {
					took[way.name] = append(took[way.name], duration)
				}
			}
		}
	}
	rate := func(way string) float64 { return events / median(took[way]).Seconds() }
	for _, way := range ways {
		b.ReportMetric(rate(way.name), way.name+"-events/s")
	}
	b.ReportMetric(rate("durable")/rate("memory"), "ratio:exporter_durable_vs_memory")
	b.ReportMetric(rate("durable")/rate("naive"), "ratio:exporter_vs_naive")
}

func median(durations []time.Duration) time.Duration {
	slices.Sort(durations)
	return durations[len(durations)/2]
}

// exportBench returns how long the export took, without the opening of the queue.
func exportBench(b *testing.B, url, dir string, queue exporter.Queue) time.Duration {
	b.Helper()
	x, err := exporter.Open(b.Context(), exporter.Config{URL: url, APIKey: "key", Queue: queue})
	if err != nil {
		b.Fatal(err)
	}
	inputs, err := exporter.Paths(nil, dir)
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := x.Export(b.Context(), inputs...); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	if err := x.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}
