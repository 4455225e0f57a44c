package exporter_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/exporter"
)

// benchSchema is that of an email event, with the fields a real one mostly has.
const benchSchema = `{"type":"record","name":"Open","namespace":"dataexport.S3.inner.users.messages.email","fields":[
	{"name":"id","type":"string"},{"name":"time","type":"int"},{"name":"user_id","type":"string"},
	{"name":"external_user_id","type":["null","string"],"default":null},
	{"name":"email_address","type":["null","string"],"default":null},
	{"name":"campaign_id","type":["null","string"],"default":null},
	{"name":"campaign_name","type":["null","string"],"default":null},
	{"name":"message_variation_id","type":["null","string"],"default":null},
	{"name":"dispatch_id","type":["null","string"],"default":null},
	{"name":"user_agent","type":["null","string"],"default":null},
	{"name":"ip_pool","type":["null","string"],"default":null},
	{"name":"mailbox_provider","type":["null","string"],"default":null}]}`

// writeBench writes files of n events in all, over 100,000 users.
func writeBench(tb testing.TB, dir string, n int) {
	tb.Helper()
	const perFile = 50_000
	codec, err := goavro.NewCodec(benchSchema)
	if err != nil {
		tb.Fatal(err)
	}
	for from := 0; from < n; from += perFile {
		file, err := os.Create(filepath.Join(dir, fmt.Sprintf("part-%04d.avro", from/perFile)))
		if err != nil {
			tb.Fatal(err)
		}
		w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: file, Codec: codec, CompressionName: "snappy"})
		if err != nil {
			tb.Fatal(err)
		}
		var block []any
		for i := from; i < min(n, from+perFile); i++ {
			text := func(format string, v ...any) any { return goavro.Union("string", fmt.Sprintf(format, v...)) }
			block = append(block, map[string]any{
				"id": fmt.Sprintf("%08x-7d3c-4bd1-9b6a-%012x", i, i*31), "time": 1700000000 + i/100, "user_id": fmt.Sprintf("%024x", i%100_000),
				"external_user_id": text("user-%06d", i%100_000), "email_address": text("user%d@example.com", i%100_000),
				"campaign_id": text("%024x", i%50), "campaign_name": text("Spring sale, week %d", i%50),
				"message_variation_id": text("%024x", i%100), "dispatch_id": text("%032x", i/1000),
				"user_agent": text("Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) AppleWebKit/605.1.15", i%6),
				"ip_pool":    text("marketing"), "mailbox_provider": text("Gmail"),
			})
			if len(block) == 1000 {
				if err := w.Append(block); err != nil {
					tb.Fatal(err)
				}
				block = block[:0]
			}
		}
		if err := w.Append(block); err != nil {
			tb.Fatal(err)
		}
		if err := file.Close(); err != nil {
			tb.Fatal(err)
		}
	}
}

// sink takes every upload, over HTTP, and counts its events.
func sink(tb testing.TB) (url string, events *atomic.Int64) {
	tb.Helper()
	events = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		buffer := make([]byte, 64<<10)
		mark := []byte(`"insert_id":`)
		tail := 0
		for {
			n, err := r.Body.Read(buffer[tail:])
			n += tail
			events.Add(int64(bytes.Count(buffer[:n], mark)))
			tail = min(len(mark)-1, n) // a mark may be cut in two
			copy(buffer, buffer[n-tail:n])
			if err != nil {
				break
			}
		}
		_, _ = io.WriteString(w, `{"code":200}`)
	}))
	tb.Cleanup(server.Close)
	return server.URL, events
}

// BenchmarkDurable exports Avro files to a sink over HTTP in one run each: with the
// queue on disk and an fsync for every chunk, with the queue in memory, and with
// the exporter one writes in an afternoon, which has no queue at all.
func BenchmarkDurable(b *testing.B) {
	const events = 400_000
	dir := b.TempDir()
	writeBench(b, dir, events)
	url, arrived := sink(b)
	rate := map[string]float64{}
	measure := func(name string, run func() time.Duration) {
		before := arrived.Load()
		rate[name] += events / run().Seconds()
		if got := arrived.Load() - before; got != events {
			b.Fatalf("%s: %d events arrived, want %d", name, got, events)
		}
	}
	for b.Loop() {
		measure("durable", func() time.Duration { return exportBench(b, url, dir, exporter.Queue{Dir: b.TempDir()}) })
		measure("memory", func() time.Duration { return exportBench(b, url, dir, exporter.Queue{}) })
		measure("naive", func() time.Duration { return exportNaively(b, url, dir) })
	}
	for name, r := range rate {
		b.ReportMetric(r/float64(b.N), name+"-events/s")
	}
	b.ReportMetric(rate["durable"]/rate["memory"], "ratio:exporter_durable_vs_memory")
	b.ReportMetric(rate["durable"]/rate["naive"], "ratio:exporter_vs_naive")
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

// exportNaively decodes into maps, makes maps of them with encoding/json and posts
// a thousand at a time. It neither keeps, paces nor retries anything.
func exportNaively(b *testing.B, url, dir string) time.Duration {
	b.Helper()
	began := time.Now()
	files, err := filepath.Glob(filepath.Join(dir, "*.avro"))
	if err != nil {
		b.Fatal(err)
	}
	var batch []map[string]any
	flush := func() {
		body, err := json.Marshal(map[string]any{"api_key": "key", "events": batch})
		if err != nil {
			b.Fatal(err)
		}
		resp, err := http.Post(url+"/2/httpapi", "application/json", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			b.Fatal(err)
		}
		batch = batch[:0]
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		r, err := goavro.NewOCFReader(file)
		if err != nil {
			b.Fatal(err)
		}
		for r.Scan() {
			record, err := r.Read()
			if err != nil {
				b.Fatal(err)
			}
			batch = append(batch, naiveEvent(record.(map[string]any)))
			if len(batch) == 1000 {
				flush()
			}
		}
		if err := file.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if len(batch) > 0 {
		flush()
	}
	return time.Since(began)
}

func naiveEvent(record map[string]any) map[string]any {
	properties := map[string]any{}
	for name, value := range record {
		if union, ok := value.(map[string]any); ok {
			value = union["string"]
		}
		if name != "id" && name != "time" && name != "user_id" && name != "external_user_id" {
			properties[name] = value
		}
	}
	return map[string]any{
		"event_type": "[Appboy] Email Open", "user_id": record["external_user_id"].(map[string]any)["string"],
		"time": int64(record["time"].(int32)) * 1000, "insert_id": record["id"], "event_properties": properties,
	}
}
