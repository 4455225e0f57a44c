package onepass_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
	"github.com/ammeter/ammeter/fixtures"
)

// mapper maps the given types, or all.
func mapper(tb testing.TB, events ...string) *mapping.Mapper {
	tb.Helper()
	m, err := mapping.New(mapping.Options{Events: events})
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// outcome is one step of an iterator, as text.
func outcome(r mapping.Record, err error) string {
	if err != nil {
		if detail, _ := json.Marshal(err); r.Wire == nil {
			return fmt.Sprintf("%T %v %s", err, err, detail)
		}
	}
	return fmt.Sprintf("%s %q %q %q %d %s %q %v", r.Type, r.InsertID, r.UserID, r.DeviceID, r.Time, r.Wire, r.Faults, err)
}

// sameBothWays keeps every record until the end, so that one that changes
// afterwards shows too.
func sameBothWays(t errorer, m *mapping.Mapper, name string, file []byte) (sent int) {
	t.Helper()
	var want, got []string
	for r, err := range m.MapAll(currents.ReadAvro(name, bytes.NewReader(file))) {
		want = append(want, outcome(r, err))
	}
	var records []mapping.Record
	var errs []error
	for r, err := range onepass.Avro(m, name, bytes.NewReader(file)) {
		records, errs = append(records, r), append(errs, err)
	}
	for _, r := range records {
		if _ = append(r.Wire, "must not reach the next record"...); r.Wire != nil {
			sent++
		}
	}
	for i, r := range records {
		got = append(got, outcome(r, errs[i]))
	}
	if !slices.Equal(want, got) {
		t.Errorf("file %.2000q (-simple +fast):\n%s", file, cmp.Diff(want, got))
	}
	return sent
}

// errorer is what testing.T and rapid.T have in common here.
type errorer interface {
	Helper()
	Errorf(format string, args ...any)
}

// Around every limit, of the record and of the event, which are not the same: a
// field counts for the first and may not for the second, and so do its escapes.
func TestRead_sizes(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	for filler, escaped := range map[string]int{"a": 1, "\"": 2, "\x00": 6, "é": 2} { // length as JSON
		for _, field := range []string{"url", "unknown"} {
			file := header(`{"type":"record","namespace":"users.messages.email","name":"Click","fields":[{"name":"id","type":"string"},
				{"name":"external_user_id","type":"string"},{"name":"time","type":"int"},{"name":"` + field + `","type":"string"}]}`)
			for _, n := range []int{mapping.MaxWire/escaped - 300, mapping.MaxWire / escaped, currents.MaxRecord/escaped - 50, currents.MaxRecord / escaped} {
				record := slices.Concat(sized("e-1"), sized("user-1"), long(1), sized(strings.Repeat(filler, n)))
				file = slices.Concat(file, long(1), sized(string(record)), syncMarker)
			}
			if sent := sameBothWays(t, m, "x.avro", file); sent == 0 {
				t.Errorf("%q in %s: not one event is sent", filler, field)
			}
		}
	}
}

// Files of any schema and content, sound and damaged.
func TestRead_sameAsSimple(t *testing.T) {
	t.Parallel()
	keeping, err := mapping.New(mapping.Options{KeepUnknown: true})
	if err != nil {
		t.Fatal(err)
	}
	mappers, sent := []*mapping.Mapper{mapper(t), mapper(t, "users.messages.email.Open"), keeping}, 0
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(mappers).Draw(t, "mapper")
		name := rapid.SampledFrom([]string{"event_type=users.canvas.Entry/x.avro", "event_type=users.messages.fax.Send/x.avro"}).Draw(t, "file name")
		sent += sameBothWays(t, m, name, anyFile(t, set))
	})
	if sent == 0 {
		t.Error("not one event of any file could be sent")
	}
}

// quickFiles are schemas that differ as much as can be, with a record of each.
func quickFiles() (schemas []string, records [][]byte) {
	schemas = []string{
		`{"type":"record","namespace":"users.messages.email","name":"Click","fields":[{"name":"id","type":"string"},{"name":"time","type":"int"},
			{"name":"external_user_id","type":["null","string"]},{"name":"device_id","type":["string","null"]},
			{"name":"url","type":["null","string"]},{"name":"is_amp","type":["null","boolean"]},
			{"name":"suspected_bot_click_reason","type":["null",{"type":"array","items":"string"}]}]}`,
		`{"type":"record","namespace":"users.behaviors","name":"CustomEvent","fields":[{"name":"properties","type":["null","string"]},
			{"name":"name","type":"string"},{"name":"ad_id","type":["null","string"]},{"name":"ad_id_type","type":["null","string"]},
			{"name":"device_id","type":"string"},{"name":"time","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"id","type":"string"}]}`,
		`{"type":"record","name":"X","fields":[{"name":"event_type","type":"string"},{"name":"id","type":"string"},{"name":"time","type":"long"},
			{"name":"external_user_id","type":"string"},{"name":"product_id","type":["null","string","long"]},{"name":"price","type":"double"},
			{"name":"properties","type":"string"},{"name":"app_id","type":{"type":"map","values":"float"}}]}`,
		`{"type":"record","namespace":"users.messages.banner","name":"Dismiss","fields":[{"name":"id","type":"string"},{"name":"time","type":"int"},
			{"name":"user_id","type":"string"},{"name":"external_user_id","type":"string"},
			{"name":"canvas_step_message_variation_api_id","type":["null","string"]},{"name":"canvas_step_message_variation_id","type":["null","string"]}]}`,
	}
	email := slices.Concat(sized("e-1"), long(1_700_000_000), []byte{2}, sized("user-1"), []byte{0}, sized("device-1"),
		[]byte{2}, sized("https://example.com/?a=\"é\""), []byte{2, 1, 2, 2}, sized("x"), []byte{0})
	custom := slices.Concat([]byte{2}, sized(`{"a":{"b":[1,null]},"c":null}`), sized("N"), []byte{2}, sized("AD"), []byte{2}, sized("ios_idfa"),
		sized("d"), long(1_700_000_000_123), sized("e-1"))
	purchase := slices.Concat(sized("users.behaviors.Purchase"), sized("e-1"), long(1), sized("u"), []byte{4, 6}, make([]byte, 8), sized("{}"), []byte{0})
	banner := slices.Concat(sized("e-1"), long(1), sized("braze-1"), sized("u"), []byte{2}, sized("v1"), []byte{2}, sized("v2"))
	return schemas, [][]byte{email, custom, purchase, banner}
}

// Every byte of a record, made worse in every way that matters.
func TestRead_everyByteDamaged(t *testing.T) {
	t.Parallel()
	m := mapper(t)
	schemas, records := quickFiles()
	for i, record := range records {
		file := header(schemas[i])
		for at, b := range record {
			for _, worse := range []byte{b, b ^ 1, b ^ 2, b ^ 4, b ^ 0x80, 0, 1, 0x7f, 0xff} {
				record[at] = worse
				file = slices.Concat(file, long(1), sized(string(record)), syncMarker)
			}
			record[at] = b
		}
		if sent := sameBothWays(t, m, "event_type=users.canvas.Entry/x.avro", file); sent < len(record) {
			t.Errorf("only %d events are sent, want at least one a byte", sent)
		}
	}
}

// FuzzFastAgainstSimple compares the two ways on a block with anything in it,
// and anything behind it.
func FuzzFastAgainstSimple(f *testing.F) {
	schemas, records := quickFiles()
	for i, record := range records {
		f.Add(i, int64(1), record, []byte{})
		f.Add(i, int64(2), slices.Concat(record, record), record)
	}
	m := mapper(f)
	f.Fuzz(func(t *testing.T, schema int, count int64, block, rest []byte) {
		file := header(schemas[uint(schema)%uint(len(schemas))])
		file = slices.Concat(file, long(count), sized(string(block)), syncMarker, rest)
		sameBothWays(t, m, "event_type=users.canvas.Entry/x.avro", file)
	})
}

// header is the head of a container without compression.
func header(schema string) []byte {
	return slices.Concat([]byte("Obj\x01\x02"), sized("avro.schema"), sized(schema), []byte{0}, syncMarker)
}

// anyFile draws a container file for one of the types.
func anyFile(t *rapid.T, set *fixtures.Set) []byte {
	typ := rapid.SampledFrom(set.Types).Draw(t, "type")
	if rapid.Bool().Draw(t, "custom") {
		typ, _ = set.Type(rapid.SampledFrom([]string{"users.behaviors.CustomEvent", "users.behaviors.Purchase"}).Draw(t, "custom type"))
	}
	fields := []drawnField{
		{"id", usually(t, "id", `"string"`, `["null","string"]`, `"int"`)},
		{"time", usually(t, "time", `"int"`, `["null","long"]`, `{"type":"long","logicalType":"timestamp-millis"}`, `"double"`, `"string"`)},
		{"external_user_id", usually(t, "external_user_id", `["null","string"]`, `"string"`, `["string","null"]`, `"boolean"`)},
	}
	for _, name := range []string{"device_id", "user_id", "event_type", "properties", "unknown", "ad_id", "ad_id_type", "name", "price", "product_id"} {
		if rapid.Bool().Draw(t, name) {
			fields = append(fields, drawnField{name, usually(t, name, `["null","string"]`, `"string"`, `"double"`, drawType(t))})
		}
	}
	for _, f := range typ.Storage {
		known := slices.ContainsFunc(fields, func(have drawnField) bool { return have.name == f.Name })
		if !known && rapid.Bool().Draw(t, f.Name) {
			fields = append(fields, drawnField{f.Name, drawType(t)})
		}
	}
	fields = rapid.Permutation(fields).Draw(t, "fields")
	var members []string
	for i, f := range fields {
		// Names of types must be unique in a file.
		fields[i].schema = strings.ReplaceAll(f.schema, "NAME", fmt.Sprint("N", i))
		members = append(members, fmt.Sprintf(`{"name":%q,"type":%s}`, f.name, fields[i].schema))
	}
	dot := strings.LastIndexByte(typ.Name, '.')
	namespace := usually(t, "namespace", "dataexport.S3.inner."+typ.Name[:dot], typ.Name[:dot], "elsewhere")
	schema := fmt.Sprintf(`{"type":"record","namespace":%q,"name":%q,"fields":[%s]}`, namespace, typ.Name[dot+1:], strings.Join(members, ","))

	file := header(schema)
	for range rapid.IntRange(1, 3).Draw(t, "blocks") {
		var data []byte
		n := rapid.IntRange(1, 4).Draw(t, "records")
		for range n {
			for _, f := range fields {
				data = appendDrawn(t, data, f)
			}
		}
		file = slices.Concat(file, long(int64(n)), sized(string(data)), syncMarker)
	}
	return damaged(t, file, len(file)-len(schema))
}

var syncMarker = []byte("0123456789abcdef")

func long(v int64) []byte { return binary.AppendVarint(nil, v) }

func sized(text string) []byte { return append(long(int64(len(text))), text...) }

// damaged changes a byte now and then, or cuts the file off.
func damaged(t *rapid.T, file []byte, fromEnd int) []byte {
	if !rarely(t, 5) {
		return file
	}
	at := len(file) - 1 - rapid.IntRange(0, fromEnd-1).Draw(t, "damage at")
	switch rapid.IntRange(0, 2).Draw(t, "damage") {
	case 0:
		file[at] = rapid.Byte().Draw(t, "byte")
	case 1:
		file[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	case 2:
		file = file[:at]
	}
	return file
}

// rarely is true less than once in n times: rapid prefers the numbers at both
// ends.
func rarely(t *rapid.T, n int) bool { return rapid.IntRange(0, n-1).Draw(t, "rarely") == n/2 }

// usually draws the first choice most of the time.
func usually(t *rapid.T, label string, choices ...string) string {
	if rarely(t, 16) {
		return rapid.SampledFrom(choices[1:]).Draw(t, label)
	}
	return choices[0]
}

type drawnField struct{ name, schema string }

// drawnTypes begin with those that a row can hold.
var drawnTypes = []string{
	`"string"`, `"boolean"`, `"int"`, `"long"`, `"float"`, `"double"`, `{"type":"array","items":"string"}`,
	`{"type":"array","items":["null","long"]}`, `{"type":"map","values":"string"}`, `"bytes"`, `"null"`,
	`{"type":"enum","name":"NAME","symbols":["A","ios_idfa"]}`, `{"type":"int","logicalType":"date"}`,
	`{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`,
}

func drawType(t *rapid.T) string {
	schema := rapid.SampledFrom(drawnTypes[:8]).Draw(t, "field type")
	if rarely(t, 20) {
		schema = rapid.SampledFrom(drawnTypes[8:]).Draw(t, "field type")
	}
	if schema == `"null"` {
		return schema
	}
	return fmt.Sprintf(rapid.SampledFrom([]string{"%s", `["null",%s]`, `["null",%s]`, `[%s,"null"]`}).Draw(t, "union"), schema)
}

// appendDrawn appends a value of the field's schema in binary.
func appendDrawn(t *rapid.T, dst []byte, f drawnField) []byte {
	schema := f.schema
	var null, value []byte
	switch {
	case strings.HasPrefix(schema, `["null",`):
		null, value, schema = []byte{0}, []byte{2}, schema[len(`["null",`):len(schema)-1]
	case strings.HasSuffix(schema, `,"null"]`):
		null, value, schema = []byte{2}, []byte{0}, schema[1:len(schema)-len(`,"null"]`)]
	}
	if null != nil && rarely(t, 3) {
		return append(dst, null...)
	}
	return append(append(dst, value...), drawValue(t, f.name, schema)...)
}

func drawValue(t *rapid.T, name, schema string) []byte {
	switch {
	case schema == `"null"`:
		return nil
	case schema == `"string"`:
		return sized(drawText(t, name))
	case schema == `"boolean"`:
		return []byte{byte(rapid.IntRange(0, 2).Draw(t, "boolean"))}
	case schema == `"float"`:
		return binary.LittleEndian.AppendUint32(nil, math.Float32bits(rapid.Float32().Draw(t, "float")))
	case schema == `"double"`:
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(rapid.SampledFrom([]float64{
			1_700_000_000, 19.99, math.NaN(), math.Inf(-1), 1e300, -1e-9,
		}).Draw(t, "double")))
	case strings.Contains(schema, `"array"`):
		first := rapid.SampledFrom([]string{"\x02a", "\x02\x7f", "\x02\xff\x00"}).Draw(t, "item")
		return slices.Concat(long(2), []byte(first+"\x00"), long(0)) // as strings, and as [null, long]: a number, null
	case strings.Contains(schema, `"map"`):
		return slices.Concat(long(2), sized("k"), sized("v"), sized(rapid.SampledFrom([]string{"k", "l"}).Draw(t, "key")), sized("w"), long(0))
	case strings.Contains(schema, `"enum"`):
		return long(int64(rapid.IntRange(0, 2).Draw(t, "symbol")))
	case strings.Contains(schema, `"bytes"`):
		return sized(rapid.StringN(0, 4, 8).Draw(t, "bytes"))
	}
	switch {
	case name == "time" && rarely(t, 10):
		return long(rapid.SampledFrom([]int64{1_700_000_000_000, 0, -1, math.MaxInt64, 253402300799, 253402300800}).Draw(t, "time"))
	case name == "time":
		return long(1_700_000_000)
	}
	return long(rapid.Int64().Draw(t, "integer"))
}

func drawText(t *rapid.T, name string) string {
	if name == "event_type" {
		return rapid.SampledFrom([]string{"", "users.canvas.Entry", "users_behaviors_purchase", "?"}).Draw(t, "event_type")
	}
	if name == "properties" {
		return rapid.SampledFrom([]string{
			``, `{}`, ` {"a":1} `, `{"a":{"b":[1, 2]},"c":null,"d":"é\n\ud83d\ude00"}`, `{"a":1,"a":2}`, `{"a":`, `[]`, `null`, "{\n\"a\": 1}", "{\"a\":{\n\"b\": 1}}",
			`{"a":1}{`, `{"a":1}x`, `{"a":1},`, `{a:1}`, "{\"\xff\":1}", `{"\u0061":1,"a":2}`, `{"":"","b":[{"c":{"x":1,"x":2}}]}`, `{"a":"\ud800"}`,
			"\u00a0{\"a\":1}\u2003", `{"a":9007199254740993,"b":1.10}`, `{"a" : 1 , "b" : [ ] }`, `"{}"`,
		}).Draw(t, "properties")
	}
	if strings.HasPrefix(name, "ad_id_") {
		return rapid.SampledFrom([]string{"ios_idfa", "google_ad_id", "roku_ad_id", ""}).Draw(t, "ad_id_type")
	}
	switch {
	case rarely(t, 30):
		return ""
	case rarely(t, 32):
		return rapid.SampledFrom([]string{"anonymous", "NULL", "00000000-0000-0000-0000-000000000000", "{}", "-1"}).Draw(t, "no id")
	case rarely(t, 200):
		return rapid.SampledFrom([]string{"\xff", "abcdefgh\xc3", "\xed\xa0\x80"}).Draw(t, "not UTF-8")
	case rarely(t, 60):
		filler := rapid.SampledFrom([]string{"\x00", "a", "\""}).Draw(t, "filler")
		return strings.Repeat(filler, rapid.SampledFrom([]int{1, 7, 8, 9, 40_000}).Draw(t, "length"))
	case rarely(t, 5):
		return rapid.String().Draw(t, "text")
	}
	return rapid.StringMatching(`[a-zA-Z0-9 ./:_-]{1,40}`).Draw(t, "plain text")
}
