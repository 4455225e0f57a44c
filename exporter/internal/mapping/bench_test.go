//go:build unix

package mapping_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linkedin/goavro/v2"
	"github.com/twmb/avro/ocf"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
	"github.com/ammeter/ammeter/fixtures"
)

const benchEvents = 5000

// benchFields are the fields of a typical email click: three that are required
// and 26 that are not, of which benchUnset have no value. A record takes about
// 560 bytes in Avro and 900 on the wire.
var (
	benchRequired = []string{"id", "user_id", "time"}
	benchFields   = strings.Fields(`external_user_id device_id timezone app_group_id campaign_id campaign_name canvas_id canvas_name
		canvas_step_id canvas_step_name canvas_variation_id canvas_variation_name message_variation_id message_variation_name
		dispatch_id send_id email_address url user_agent link_id link_alias esp from_domain ip_pool is_amp is_suspected_bot_click`)
	benchUnset = strings.Fields(`canvas_id canvas_name canvas_step_id canvas_step_name canvas_variation_id canvas_variation_name
		message_variation_name send_id`)
)

// benchFile is a file of typical email clicks, 100 to a block, that differ in
// their ids.
func benchFile(tb testing.TB, codec string) []byte {
	tb.Helper()
	set, err := fixtures.Load()
	if err != nil {
		tb.Fatal(err)
	}
	c, ok := set.Case("users.messages.email.Click", "identified")
	if !ok {
		tb.Fatal("no such case")
	}
	values := parseNumbers(tb, c.Storage())
	values["user_agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)"
	values["url"] = "https://shop.example.com/sale?ref=a%20b"
	for _, name := range benchUnset {
		delete(values, name)
	}
	var members []string
	native := map[string]any{}
	for _, name := range benchRequired {
		kind := "string"
		if name == "time" {
			kind = "int"
		}
		members = append(members, fmt.Sprintf(`{"name":%q,"type":%q}`, name, kind))
		native[name] = avroValue(tb, values[name], kind, true)
	}
	for _, name := range benchFields {
		kind := "string"
		if strings.HasPrefix(name, "is_") {
			kind = "boolean"
		}
		members = append(members, fmt.Sprintf(`{"name":%q,"type":["null",%q],"default":null}`, name, kind))
		native[name] = avroValue(tb, values[name], kind, false)
	}
	schema := fmt.Sprintf(`{"type":"record","namespace":"dataexport.S3.inner.users.messages.email","name":"Click","fields":[%s]}`,
		strings.Join(members, ","))
	file := new(bytes.Buffer)
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: file, Schema: schema, CompressionName: codec})
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < benchEvents; i += 100 {
		var block []map[string]any
		for j := range 100 {
			record := maps.Clone(native)
			record["id"] = fmt.Sprintf("6d2a047a-b832-5c25-b81b-%012d", i+j)
			block = append(block, record)
		}
		if err := w.Append(block); err != nil {
			tb.Fatal(err)
		}
	}
	return file.Bytes()
}

// TestBenchFile holds the benchmarks' record against what it claims to be.
func TestBenchFile(t *testing.T) {
	t.Parallel()
	file := benchFile(t, goavro.CompressionNullLabel)
	n, wire := 0, 0
	for r, err := range onepass.Avro(mapper(t), "x.avro", bytes.NewReader(file)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		wire += len(r.Wire)
	}
	raw := len(file) / benchEvents
	if fields := len(benchRequired) + len(benchFields); n != benchEvents || fields != 29 || raw < 540 || raw > 580 || wire/n < 850 || wire/n > 950 {
		t.Errorf("%d events of %d fields, %d bytes raw, %d on the wire", n, fields, raw, wire/n)
	}
}

// BenchmarkMap maps events that are decoded already.
func BenchmarkMap(b *testing.B) {
	var events []currents.Event
	for ev, err := range currents.ReadAvro("x.avro", bytes.NewReader(benchFile(b, goavro.CompressionNullLabel))) {
		if err != nil {
			b.Fatal(err)
		}
		events = append(events, ev)
	}
	m := mapper(b)
	b.ReportAllocs()
	n, start := 0, cpuTime(b)
	for b.Loop() {
		r, err := m.Map(events[n%len(events)])
		if err != nil {
			b.Fatal(err)
		}
		n++
		b.SetBytes(int64(len(r.Wire)))
	}
	report(b, n, start)
}

// BenchmarkAvroToWire goes all the way from the bytes of a file to the bytes of
// the wire.
func BenchmarkAvroToWire(b *testing.B) {
	for _, codec := range []string{goavro.CompressionNullLabel, goavro.CompressionSnappyLabel, goavro.CompressionDeflateLabel} {
		b.Run(codec, func(b *testing.B) {
			file := benchFile(b, codec)
			m := mapper(b)
			b.ReportAllocs()
			n, start := 0, cpuTime(b)
			for b.Loop() {
				n += readAvro(b, m, file)
			}
			report(b, n, start)
		})
	}
}

// report adds the rate by the clock on the wall and the rate of one core.
func report(b *testing.B, n int, start time.Duration) {
	b.Helper()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(n)/(cpuTime(b)-start).Seconds(), "events/core-s")
}

func readAvro(b *testing.B, m *mapping.Mapper, file []byte) (n int) {
	b.Helper()
	return count(b, onepass.Avro(m, "x.avro", bytes.NewReader(file)))
}

// BenchmarkMappingVsNaive sets the same work done the obvious way against ours,
// in turns within one run: each record decoded into a map by the Avro library,
// its listed fields moved to another map, that one written by encoding/json.
func BenchmarkMappingVsNaive(b *testing.B) {
	file := benchFile(b, goavro.CompressionNullLabel)
	m := mapper(b)
	var ours, naive time.Duration
	for b.Loop() {
		start := cpuTime(b)
		n := readAvro(b, m, file)
		middle := cpuTime(b)
		if got := readNaively(b, file); got != n {
			b.Fatalf("%d events, naively %d", n, got)
		}
		ours += middle - start
		naive += cpuTime(b) - middle
	}
	b.ReportMetric(float64(naive)/float64(ours), "ratio:mapping_vs_naive")
}

func readNaively(b *testing.B, file []byte) (n int) {
	b.Helper()
	r, err := ocf.NewReader(bytes.NewReader(file))
	if err != nil {
		b.Fatal(err)
	}
	for {
		var record map[string]any
		if err := r.Decode(&record); errors.Is(err, io.EOF) {
			return n
		} else if err != nil {
			b.Fatal(err)
		}
		if wire := mapNaively(b, record); len(wire) < 500 {
			b.Fatalf("wire %s", wire)
		}
		n++
	}
}

// unlisted are the fields of benchFile that are no event properties.
var unlisted = map[string]bool{
	"id": true, "time": true, "user_id": true, "external_user_id": true, "device_id": true, "timezone": true,
}

func mapNaively(b *testing.B, record map[string]any) []byte {
	b.Helper()
	seconds, ok := record["time"].(int32)
	if !ok {
		b.Fatalf("time is a %T", record["time"])
	}
	properties := map[string]any{}
	for name, value := range record {
		if value != nil && !unlisted[name] {
			properties[name] = value
		}
	}
	wire, err := json.Marshal(map[string]any{
		"event_type": "[Appboy] Email Click", "user_id": record["external_user_id"], "device_id": record["device_id"],
		"time": int64(seconds) * 1000, "insert_id": record["id"], "library": "Braze", "event_properties": properties,
	})
	if err != nil {
		b.Fatal(err)
	}
	return wire
}

// BenchmarkBodyToWire goes from a Custom HTTP body of 100 events to the wire.
func BenchmarkBodyToWire(b *testing.B) {
	body, m := benchBody(b), mapper(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	n, start := 0, cpuTime(b)
	for b.Loop() {
		n += count(b, onepass.Body(m, "body", body))
	}
	report(b, n, start)
}

// BenchmarkNDJSONToWire goes from lines of flat records to the wire.
func BenchmarkNDJSONToWire(b *testing.B) {
	lines, m := benchLines(b), mapper(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(lines)))
	n, start := 0, cpuTime(b)
	for b.Loop() {
		n += count(b, onepass.NDJSON(m, "x.ndjson", bytes.NewReader(lines), ""))
	}
	report(b, n, start)
}

// BenchmarkJSONVsAvro sets events a core and second from lines and from Custom HTTP bodies
// against those from Avro, in turns within one run. The lines hold the events of the Avro
// file; the events of a body are as the fixtures have them, and about twice as long.
func BenchmarkJSONVsAvro(b *testing.B) {
	file, lines, body, m := benchFile(b, goavro.CompressionNullLabel), benchLines(b), benchBody(b), mapper(b)
	var avro, ndjson, posts []float64 // seconds an event
	cost := func(all []float64, read func() int) []float64 {
		start := cpuTime(b)
		n := read()
		return append(all, (cpuTime(b)-start).Seconds()/float64(n))
	}
	for b.Loop() {
		avro = cost(avro, func() int { return readAvro(b, m, file) })
		ndjson = cost(ndjson, func() int { return count(b, onepass.NDJSON(m, "x.ndjson", bytes.NewReader(lines), "")) })
		posts = cost(posts, func() (n int) {
			for range benchEvents / benchPost {
				n += count(b, onepass.Body(m, "body", body))
			}
			return n
		})
	}
	b.ReportMetric(median(avro)/median(ndjson), "ratio:ndjson_vs_avro")
	b.ReportMetric(median(avro)/median(posts), "ratio:custom_http_vs_avro")
}

func median(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }

// benchLines are the events of benchFile as lines of flat records.
func benchLines(tb testing.TB) []byte {
	tb.Helper()
	var lines bytes.Buffer
	for ev, err := range currents.ReadAvro("x.avro", bytes.NewReader(benchFile(tb, goavro.CompressionNullLabel))) {
		if err != nil {
			tb.Fatal(err)
		}
		fmt.Fprintf(&lines, `{"event_type":%q,"id":%q,"time":%d,"external_user_id":%q,"device_id":%q`, ev.Type, ev.ID, ev.Time, ev.ExternalUserID, ev.DeviceID)
		for _, f := range ev.Fields {
			fmt.Fprintf(&lines, `,%q:%s`, f.Name, f.Value)
		}
		lines.WriteString("}\n")
	}
	return lines.Bytes()
}

// benchPost is the number of events in benchBody.
const benchPost = 100

// benchBody is a Custom HTTP body.
func benchBody(tb testing.TB) []byte {
	tb.Helper()
	return fmt.Appendf(nil, `{"events":[%s]}`, strings.Join(benchPosts(tb, benchPost), ","))
}

// count counts records, none of which may fail.
func count(b *testing.B, records iter.Seq2[mapping.Record, error]) (n int) {
	b.Helper()
	for _, err := range records {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	return n
}

// benchPosts are Custom HTTP events.
func benchPosts(tb testing.TB, n int) []string {
	tb.Helper()
	set, err := fixtures.Load()
	if err != nil {
		tb.Fatal(err)
	}
	c, _ := set.Case("users.messages.email.Click", "identified")
	var posts []string
	for i := range n {
		posts = append(posts, strings.Replace(string(c.CustomHTTP()), "-b81b-", fmt.Sprintf("-%04d-", i), 1))
	}
	return posts
}
