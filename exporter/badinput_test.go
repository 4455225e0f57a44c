package exporter_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/simtest"
)

const openSchema = `{"type":"record","name":"Open","namespace":"dataexport.S3.inner.users.messages.email","fields":[
	{"name":"id","type":"string"},
	{"name":"time","type":"int"},
	{"name":"user_id","type":"string"},
	{"name":"external_user_id","type":["null","string"],"default":null},
	{"name":"email_address","type":["null","string"],"default":null}]}`

// avroFile is written by another Avro library than the exporter reads with.
func avroFile(t *testing.T, codec string, ids ...string) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &file, Schema: openSchema, CompressionName: codec})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids { // a block each
		record := map[string]any{
			"id": id, "time": 1700000000, "user_id": "braze-internal",
			"external_user_id": goavro.Union("string", "user-0001"),
			"email_address":    goavro.Union("string", "a@example.com"),
		}
		if err := w.Append([]any{record}); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

func TestExporter_avroFromAnotherLibrary(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{"null", "deflate", "snappy"} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t)
			x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
			path := filepath.Join(t.TempDir(), "part-0.avro")
			write(t, path, avroFile(t, codec, "a", "b", "c"))
			export(t, x, path)
			const want = `{"event_type":"[Appboy] Email Open","user_id":"user-0001","time":1700000000000,` +
				`"insert_id":"a","library":"Braze","event_properties":{"email_address":"a@example.com"}}`
			got := journal(t, sim)
			if diff := cmp.Diff(decode(t, []byte(want)), decode(t, got["a"])); diff != "" || len(got) != 3 {
				t.Errorf("%d events, the first (-want +got):\n%s", len(got), diff)
			}
		})
	}
}

// Everything that can be wrong with an input, in one run: each fault is counted
// and named with its place, and every good neighbor arrives.
func TestExporter_badInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := avroFile(t, "null", "avro-1", "avro-2", "avro-3")
	write(t, filepath.Join(dir, "1-truncated.avro"), whole[:len(whole)-30])
	write(t, filepath.Join(dir, "2-lines.ndjson"), []byte(strings.Join([]string{
		open("line-1", "user-0001"),
		`{"event_type":"users.messages.email.Open","id":`,
		open("line-3", "user-0001"),
		strings.Replace(open("line-4", "user-0001"), "email.Open", "email.Opened", 1),
		open("line-5", "user-0001"),
		strings.Replace(open("line-6", "user-0001"), `"id"`, `"pad":"`+strings.Repeat("x", 1<<20)+`","id"`, 1),
		open("line-7", "user-0001"),
		strings.Replace(open("line-8", "user-0001"), "user-0001", "caf\xe9-0001", 1),
		open("line-9", "user-0001"),
		"",
	}, "\n")))
	write(t, filepath.Join(dir, "notes.txt"), []byte("not an input"))

	sim := simtest.Start(t)
	var mu sync.Mutex
	var named []string
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key, OnBadInput: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		named = append(named, strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}})
	inputs, err := exporter.Paths(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	err = x.Export(t.Context(), inputs...)
	if broken, ok := errors.AsType[*exporter.InputError](err); !ok || filepath.Base(broken.Name) != "1-truncated.avro" {
		t.Errorf("Export: %v, want an error of the input that is cut", err)
	}

	ledger := x.Ledger()
	want := exporter.Ledger{
		Read: 11, Accepted: 8,
		Dropped:      map[string]int64{"malformed": 1, "unknown_type": 1, "too_large": 1},
		DeadLettered: map[string]int64{}, Faults: map[string]int64{"invalid_text": 1},
		Unknown: map[string]int64{"users.messages.email.Opened": 1},
	}
	if diff := cmp.Diff(want, ledger); diff != "" || !ledger.Balanced() {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	got := journal(t, sim)
	for _, id := range []string{"avro-1", "avro-2", "line-1", "line-3", "line-5", "line-7", "line-8", "line-9"} {
		if got[id] == nil {
			t.Errorf("good neighbor %q did not arrive", id)
		}
	}
	for i, prefix := range []string{
		"2-lines.ndjson: record 2: line 2, ",
		"2-lines.ndjson: record 4: ",
		"2-lines.ndjson: record 6: line 6, ",
	} {
		if i >= len(named) || !strings.HasPrefix(named[i], prefix) {
			t.Fatalf("complaints:\n%s\nwant number %d to begin with %q", strings.Join(named, "\n"), i+1, prefix)
		}
	}
	for _, text := range named {
		if strings.Contains(text, "user-0001") || len(text) > 300 {
			t.Errorf("complaint holds data of the event: %s", text)
		}
	}
}

func export(t *testing.T, x *exporter.Exporter, path string) {
	t.Helper()
	inputs, err := exporter.Paths(nil, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Export(t.Context(), inputs...); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A loss of unknown size is in no column, and is reported.
func TestExporter_uncountedLoss(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := avroFile(t, "null", "avro-1", "avro-2", "avro-3")
	sync := file[len(file)-16:]
	second := bytes.Index(file[bytes.Index(file, sync)+16:], sync) + bytes.Index(file, sync) + 32
	file[second] = 1 // the number of records in the block is negative
	write(t, filepath.Join(dir, "damaged.avro"), file)
	sim := simtest.Start(t)
	x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
	export(t, x, dir)
	ledger := x.Ledger()
	if ledger.Read != 2 || ledger.Accepted != 2 || ledger.UncountedLosses != 1 || !ledger.Balanced() {
		t.Errorf("ledger %+v; want 2 read and accepted, and one loss of unknown size", ledger)
	}
	var table strings.Builder
	if err := ledger.WriteTable(&table); err != nil || strings.Contains(table.String(), "adds up") ||
		!strings.Contains(table.String(), "damaged places, loss unknown               1\nTHE LEDGER IS NOT COMPLETE") {
		t.Errorf("%v\n%s", err, &table)
	}
}
