package recording_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/linkedin/goavro/v2"
	"github.com/twmb/avro"
	"github.com/twmb/avro/ocf"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/internal/walk"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/recording"
)

const openType = "users.messages.email.Open"

// openSchema is that of a storage file of opens; the name of the record is a verb.
const openSchema = `{"type":"record","namespace":%q,"name":"Open","fields":[
	{"name":"id","type":"string"},{"name":"user_id","type":"string"},
	{"name":"external_user_id","type":["null","string"],"default":null},
	{"name":"device_id","type":["null","string"],"default":null},{"name":"time","type":"int"},
	{"name":"app_id","type":["null","string"],"default":null}]}`

const storageNamespace = "dataexport.S3.inner.users.messages.email"

// opens are three records of storage, and the same as lines.
var (
	opens = []map[string]any{
		{"id": "o1", "user_id": "b1", "external_user_id": "zelda", "device_id": "phone-1", "time": 1_700_000_000, "app_id": nil},
		{"id": "o2", "user_id": "b2", "external_user_id": nil, "device_id": "phone-2", "time": 1_700_000_003, "app_id": "a"},
		{"id": "o3", "user_id": "b3", "external_user_id": nil, "device_id": nil, "time": 1_700_000_001, "app_id": nil},
	}
	openTraces = []loadgen.Traced{
		trace("o1", 1_700_000_000, "phone-1", true, `{"event_type":"users.messages.email.Open","id":"o1","properties":{"app_id":null},"time":1700000000,"user":{"device_id":"phone-1","external_user_id":"zelda","user_id":"b1"}}`),
		trace("o2", 1_700_000_003, "phone-2", true, `{"event_type":"users.messages.email.Open","id":"o2","properties":{"app_id":"a"},"time":1700000003,"user":{"device_id":"phone-2","external_user_id":null,"user_id":"b2"}}`),
		trace("o3", 1_700_000_001, "", false, `{"event_type":"users.messages.email.Open","id":"o3","properties":{"app_id":null},"time":1700000001,"user":{"device_id":null,"external_user_id":null,"user_id":"b3"}}`),
	}
)

func trace(id string, seconds int64, device string, delivers bool, body string) loadgen.Traced {
	at := time.Unix(seconds, 0)
	return loadgen.Traced{At: at, Time: at, ID: id, Type: openType, Device: device, Delivers: delivers, Body: json.RawMessage(body)}
}

// avroFile is what another library than the one that reads wrote.
func avroFile(t *testing.T, namespace, codec string, records []map[string]any) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &file, Schema: fmt.Sprintf(openSchema, namespace), CompressionName: codec})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		record := map[string]any{}
		for name, v := range r {
			if s, ok := v.(string); ok && name != "id" && name != "user_id" {
				v = goavro.Union("string", s)
			}
			record[name] = v
		}
		if err := w.Append([]any{record}); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

func zstandard(t *testing.T) []byte {
	t.Helper()
	schema, err := avro.Parse(fmt.Sprintf(openSchema, storageNamespace))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := ocf.NewWriter(&file, schema, ocf.WithCodec(ocf.MustZstdCodec(nil, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range opens {
		if err := w.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func gz(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

func load(tb testing.TB) *fixtures.Set {
	tb.Helper()
	set, err := fixtures.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// However Currents stores the same records, the recording is the same.
func TestRead_storage(t *testing.T) {
	t.Parallel()
	set := load(t)
	var flat, wrapped strings.Builder
	for _, r := range opens {
		line, branches := map[string]any{"event_type": openType}, map[string]any{"event_type": openType}
		for name, v := range r {
			line[name], branches[name] = v, v
			if _, optional := v.(string); optional && name != "id" && name != "user_id" {
				branches[name] = map[string]any{"string": v}
			}
		}
		for out, record := range map[*strings.Builder]map[string]any{&flat: line, &wrapped: branches} {
			text, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(append(text, '\n'))
		}
	}
	for name, file := range map[string][]byte{
		"flat JSON":               []byte(flat.String()),
		"Avro's JSON":             []byte(wrapped.String()),
		"pretty JSON":             []byte(strings.ReplaceAll(flat.String(), ",", ",\n  ")),
		"an array":                []byte("[" + strings.ReplaceAll(strings.TrimSpace(flat.String()), "\n", ",\n") + "]"),
		"a post":                  []byte(`{"events": [` + strings.ReplaceAll(strings.TrimSpace(flat.String()), "\n", ",\n") + "]}"),
		"gzip":                    gz(flat.String()),
		"a byte order mark":       []byte("\ufeff" + flat.String()),
		"gzip of Avro":            gz(string(avroFile(t, storageNamespace, "deflate", opens))),
		"null":                    avroFile(t, storageNamespace, "null", opens),
		"deflate":                 avroFile(t, storageNamespace, "deflate", opens),
		"snappy":                  avroFile(t, storageNamespace, "snappy", opens),
		"zstandard":               zstandard(t),
		"schema without a prefix": avroFile(t, "users.messages.email", "null", opens),
		"event_type=" + openType + "/date=2026-01-31-12/4/part.avro": avroFile(t, "strange", "null", opens),
		"samples/" + openType + ".avro":                              avroFile(t, "strange", "null", opens),
		"samples/" + openType + ".json.gz":                           gz(strings.ReplaceAll(flat.String(), `"event_type":"`+openType+`",`, "")),
	} {
		got, kind, err := recording.Read(name, bytes.NewReader(file), set)
		if err != nil || kind != loadgen.Exporter {
			t.Errorf("%s: kind %q, %v", name, kind, err)
			continue
		}
		if diff := cmp.Diff(openTraces, got); diff != "" {
			t.Errorf("%s (- want, + got):\n%s", name, diff)
		}
	}
}

// What must arrive of a recording is what the fixtures expect to be sent, in either shape.
func TestRead_delivers(t *testing.T) {
	t.Parallel()
	set := load(t)
	for _, c := range set.Cases {
		for shape, event := range map[string]json.RawMessage{"storage": c.Storage(), "connector": c.CustomHTTP()} {
			got, _, err := recording.Read("in.ndjson", bytes.NewReader(event), set)
			if err != nil || len(got) != 1 || got[0].Delivers != c.Expect.Sent() {
				t.Errorf("%s, %s: %+v, %v; want delivers %t", c.Path(), shape, got, err, c.Expect.Sent())
			}
		}
	}
	for id, want := range map[string]bool{`"user-0001"`: true, `12345`: true, `0`: false, `-1`: false, `"anonymous"`: false, `"  "`: false, `["a"]`: false, `true`: false} {
		event := `{"event_type":"` + openType + `","id":"i-1","time":1700000000,"external_user_id":` + id + `}`
		got, _, err := recording.Read("in.ndjson", strings.NewReader(event), set)
		if err != nil || len(got) != 1 || got[0].Delivers != want {
			t.Errorf("external_user_id %s: %+v, %v; want delivers %t", id, got, err, want)
		}
	}
	nameless := `{"event_type":"users.behaviors.CustomEvent","id":"i-1","time":1700000000,"external_user_id":"user-0001"}`
	if got, _, err := recording.Read("in.ndjson", strings.NewReader(nameless), set); err != nil || len(got) != 1 || got[0].Delivers {
		t.Errorf("a custom event without a name: %+v, %v; want one that is not delivered", got, err)
	}
}

// A directory is read whole, and files that are no recordings are left alone.
func TestLoad_directory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string][]byte{
		"event_type=" + openType + "/date=2026-01-31-12/part-0.avro": avroFile(t, storageNamespace, "snappy", opens[:2]),
		"event_type=" + openType + "/date=2026-01-31-13/part-0.avro": avroFile(t, storageNamespace, "snappy", opens[2:]),
		"more.ndjson.gz":           gz(`{"event_type":"users.messages.email.Open","id":"o4","time":1700000009,"user_id":"b1"}`),
		"README.md":                []byte("no recording"),
		"_temporary/0/part-0.avro": []byte("Obj"),
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var left walk.Left
	got, kind, err := recording.Load(dir, load(t), &left)
	if err != nil || kind != loadgen.Exporter {
		t.Fatalf("Load: kind %q, %v", kind, err)
	}
	if want := "2 left out: 1 .md, 1 hidden"; left.String() != want {
		t.Errorf("got %q, want %q", &left, want)
	}
	var ids []string
	for i := range got {
		ids = append(ids, got[i].ID)
	}
	if diff := cmp.Diff([]string{"o1", "o2", "o3", "o4"}, ids, cmpopts.SortSlices(strings.Compare)); diff != "" {
		t.Errorf("events (- want, + got):\n%s", diff)
	}
	if _, _, err := recording.Load(t.TempDir(), load(t), &left); err == nil || !strings.Contains(err.Error(), "no events") {
		t.Errorf("Load of an empty directory: %v, want that there are no events", err)
	}
}

// Errors tell the file and the record or line, and nothing of what it holds.
func TestRead_errors(t *testing.T) {
	t.Parallel()
	good := avroFile(t, storageNamespace, "null", opens)
	const open = `{"event_type":"users.messages.email.Open","id":"zelda","time":1700000000}`
	for name, tt := range map[string]struct{ file, want string }{
		"of no type":   {string(avroFile(t, "strange", "null", opens)), "of no type: record 1: is of a type that neither"},
		"cut":          {string(good[:len(good)-20]), "cut: record 3: cannot be read: the file is damaged or cut short"},
		"no header":    {"Obj\x01\x02\x16avro", "no header: header of the Avro file"},
		"a cut line":   {open + "\n" + open[:30], "a cut line:2: the input ends inside an event, after 104 bytes: it is not complete"},
		"a cut array":  {"[" + open + ",", "a cut array:1: the input ends inside an array"},
		"a cut object": {"{\n \"events\": [", "a cut object:1: the input ends inside an event"},
		"cut gzip":     {string(gz(open)[:60]), "cut gzip:1: the input ends inside its gzip packing"},
		"a page":       {"<html>", "a page: this is an HTML or XML page"},
		"Parquet":      {"PAR1\x15", "Parquet: this is a Parquet file"},
		"in an array":  {"[\n" + open + ",\n" + `{"name":"zelda"}` + "]", "in an array:3: is neither"},
		"no number":    {"[1]", "no number:1: is no JSON object"},
		"a closing":    {open + "\n]", "a closing:2: is no JSON object"},
		"text":         {open + "\n\nzelda", "text:3: is no JSON object"},
		"no time":      {`{"event_type":"users.messages.email.Open","id":"zelda"}`, "no time:1: has no time"},
		"two kinds":    {open + "\n" + `{"outcome":"accepted","at":"2026-01-01T00:00:00Z","event_type":"zelda","body":{}}`, "two kinds:2: is for an amplitude"},
		"no recording": {`{"name":"zelda"}`, "no recording:1: is neither"},
		"capture":      {`{"event":` + open + `}`, `capture:1: has no time at which it was recorded, in "at"`},
		"empty":        {"\n\n", "there are no events in it"},
	} {
		_, _, err := recording.Read(name, strings.NewReader(tt.file), load(t))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v\nwant one with %q", name, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "zelda") {
			t.Errorf("%s: the error tells what is in the file: %v", name, err)
		}
	}
}

// Wherever a file of Avro is cut, but between two blocks, it is refused.
func TestRead_cutAvro(t *testing.T) {
	t.Parallel()
	set := load(t)
	file := avroFile(t, storageNamespace, "null", opens)
	for n := 1; n < len(file); n++ {
		got, _, err := recording.Read("cut", bytes.NewReader(file[:n]), set)
		if err == nil && len(got) == 0 {
			t.Errorf("cut after %d bytes of %d: no error and no event", n, len(file))
		}
		if sync := file[len(file)-16:]; err == nil && !bytes.HasSuffix(file[:n], sync) {
			t.Errorf("cut after %d bytes of %d: read as whole", n, len(file))
		}
	}
}

// Whatever is read, it is read or refused; and what was read can be planned.
func FuzzRead(f *testing.F) {
	set := load(f)
	f.Add([]byte(`{"event_type":"users.messages.email.Open","id":"o1","time":1700000000,"user":{"device_id":"d"}}`))
	f.Add([]byte(`{"event_type":"users.behaviors.CustomEvent","id":{"string":"o1"},"time":1700000000,"properties":{"string":"{}"}}`))
	f.Add([]byte(`{"at":"2026-01-02T03:04:05Z","event":{"event_type":"users.messages.email.Open","id":"o1","time":1}}`))
	f.Add([]byte(`{"outcome":"accepted","at":"2026-01-01T00:00:00Z","event_type":"Tap","body":{"time":1767225600000}}`))
	f.Add([]byte("Obj\x01\x04\x16avro.schema"))
	f.Fuzz(func(t *testing.T, file []byte) {
		events, kind, err := recording.Read("file", bytes.NewReader(file), set)
		if err != nil {
			return
		}
		if len(events) == 0 || kind != loadgen.Exporter && kind != loadgen.Amplitude {
			t.Fatalf("%d events of kind %q", len(events), kind)
		}
		plan, err := loadgen.NewTrace(kind, "key", loadgen.Identities{}, events)
		if err != nil {
			return
		}
		s, err := plan.Schedule(1e6, 0, 1)
		if err != nil || s.Events != uint64(len(events)) {
			t.Fatalf("planned %v, %v; want %d events", s, err, len(events))
		}
	})
}
