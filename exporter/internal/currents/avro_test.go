package currents_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"
	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

const openSchema = `{"type":"record","namespace":"dataexport.S3.inner.users.messages.email","name":"Open","fields":[
	{"name":"id","type":"string"},{"name":"user_id","type":"string"},
	{"name":"external_user_id","type":["null","string"],"default":null},
	{"name":"device_id","type":["null","string"],"default":null},{"name":"time","type":"int"},
	{"name":"app_id","type":["null","string"],"default":null}]}`

// openRecord is goavro's form of a record of openSchema.
func openRecord(id string) map[string]any {
	return map[string]any{
		"id": id, "user_id": "braze", "external_user_id": goavro.Union("string", "u"), "device_id": nil,
		"time": 1_700_000_000, "app_id": goavro.Union("string", "app-"+id),
	}
}

func openEvent(id string) currents.Event {
	return currents.Event{
		Type: "users.messages.email.Open", ID: id, Time: 1_700_000_000, ExternalUserID: "u",
		Fields: fields("app_id", `"app-`+id+`"`),
	}
}

// ocf assembles a container by hand, with goavro for the records only.
type ocf struct {
	tb    testing.TB
	codec *goavro.Codec
	pack  func([]byte) []byte
	sync  string
	out   bytes.Buffer
}

func newOCF(tb testing.TB, schema, codec string, pack func([]byte) []byte) *ocf {
	tb.Helper()
	c, err := goavro.NewCodec(schema)
	if err != nil {
		tb.Fatal(err)
	}
	f := &ocf{tb: tb, codec: c, pack: pack, sync: "0123456789abcdef"}
	f.out.WriteString("Obj\x01")
	f.long(2)
	for _, text := range []string{"avro.schema", schema, "avro.codec", codec} {
		f.long(int64(len(text)))
		f.out.WriteString(text)
	}
	f.long(0)
	f.out.WriteString(f.sync)
	return f
}

func (f *ocf) long(v int64) { f.out.Write(binary.AppendVarint(nil, v)) }

// block writes the records as one block and returns its offset.
func (f *ocf) block(records ...map[string]any) int {
	f.tb.Helper()
	at := f.out.Len()
	var data []byte
	for _, r := range records {
		var err error
		if data, err = f.codec.BinaryFromNative(data, r); err != nil {
			f.tb.Fatal(err)
		}
	}
	f.raw(int64(len(records)), data)
	return at
}

func (f *ocf) raw(count int64, data []byte) {
	if f.pack != nil {
		data = f.pack(data)
	}
	f.long(count)
	f.long(int64(len(data)))
	f.out.Write(data)
	f.out.WriteString(f.sync)
}

func zstandard(tb testing.TB) func([]byte) []byte {
	tb.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return func(b []byte) []byte { return enc.EncodeAll(b, nil) }
}

func TestAvroCodecs(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for _, codec := range []string{goavro.CompressionNullLabel, goavro.CompressionDeflateLabel, goavro.CompressionSnappyLabel} {
		var b bytes.Buffer
		w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &b, Schema: openSchema, CompressionName: codec})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 { // three blocks
			if err := w.Append([]map[string]any{openRecord(fmt.Sprint("a", i)), openRecord(fmt.Sprint("b", i))}); err != nil {
				t.Fatal(err)
			}
		}
		files[codec] = b.Bytes()
	}
	byHand := newOCF(t, openSchema, "zstandard", zstandard(t))
	for i := range 3 {
		byHand.block(openRecord(fmt.Sprint("a", i)), openRecord(fmt.Sprint("b", i)))
	}
	files["zstandard"] = byHand.out.Bytes()

	var want []currents.Event
	for i := range 3 {
		want = append(want, openEvent(fmt.Sprint("a", i)), openEvent(fmt.Sprint("b", i)))
	}
	for codec, file := range files {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			var got []currents.Event
			for ev, err := range currents.ReadAvro("x.avro", iotest.HalfReader(bytes.NewReader(file))) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, ev)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("events differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAvroEventType(t *testing.T) {
	t.Parallel()
	tests := []struct{ namespace, name, path, want string }{
		{"dataexport.S3.inner.users.messages.email", "Open", "x.avro", "users.messages.email.Open"},
		{"dataexport.GCS.inner.users.messages.email", "open", "x.avro", "users.messages.email.Open"},
		{"users.campaigns", "Abort", "x.avro", "users.campaigns.Abort"},
		{"", "users_campaigns_abort", "x.avro", "users.campaigns.Abort"},
		{"dataexport.S3.inner.users.messages.email", "Open", "event_type=users.canvas.Entry/x.avro", "users.messages.email.Open"},
		{"", "topLevelRecord", "event_type=users.canvas.Entry/x.avro", "users.canvas.Entry"},
		{"", "topLevelRecord", "x.avro", "topLevelRecord"},
		{"dataexport.S3.inner.users.x", "New", "x.avro", "users.x.New"},
	}
	for _, tt := range tests {
		schema := fmt.Sprintf(`{"type":"record","namespace":%q,"name":%q,"fields":[{"name":"id","type":"string"},{"name":"time","type":"int"}]}`,
			tt.namespace, tt.name)
		f := newOCF(t, schema, "null", nil)
		f.block(map[string]any{"id": "a", "time": 1})
		for ev, err := range currents.ReadAvro(tt.path, &f.out) {
			if err != nil || ev.Type != tt.want {
				t.Errorf("%s %s in %s: type %q, %v; want %q", tt.namespace, tt.name, tt.path, ev.Type, err, tt.want)
			}
		}
	}
}

func TestAvroValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		schema string
		value  any
		want   string // empty: the field is left out
	}{
		{`"string"`, "é\"\n\u2028", `"é\"\n` + "\u2028" + `"`},
		{`"boolean"`, true, `true`},
		{`"int"`, math.MinInt32, `-2147483648`},
		{`"long"`, int64(1<<53 + 1), `9007199254740993`},
		{`"long"`, int64(math.MinInt64), `-9223372036854775808`},
		{`"float"`, float32(19.99), `19.99`},
		{`"float"`, float32(0.1), `0.1`},
		{`"double"`, 19.99, `19.99`},
		{`"double"`, 1e-7, `1e-7`},
		{`"double"`, 1e21, `1e+21`},
		{`"double"`, math.Copysign(0, -1), `-0`},
		{`"double"`, math.NaN(), ``},
		{`"float"`, float32(math.Inf(1)), ``},
		{`"bytes"`, []byte{0, 'a', 0xff}, "\"\\u0000aÿ\""},
		{`{"type":"fixed","name":"F","size":2}`, []byte{'o', 'k'}, `"ok"`},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, "B", `"B"`},
		{`{"type":"array","items":"string"}`, []any{"x", "y"}, `["x","y"]`},
		{`{"type":"array","items":"string"}`, []any{}, `[]`},
		{`{"type":"map","values":"long"}`, map[string]any{"k": 1}, `{"k":1}`},
		{
			`{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","int"]}]}`,
			map[string]any{"a": 1, "b": nil},
			`{"a":1,"b":null}`,
		},
		{`["null","string"]`, nil, ``},
		{`["null","string"]`, goavro.Union("string", "x"), `"x"`},
		{`["string","null"]`, goavro.Union("string", "x"), `"x"`},
		{
			`["null","int","string",{"type":"array","items":["null","long"]}]`,
			goavro.Union("array", []any{nil, goavro.Union("long", 5)}), `[null,5]`,
		},
		{`["null","int","double"]`, goavro.Union("double", 2.5), `2.5`},
		{
			`["null",{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]}]}]`,
			goavro.Union("N", map[string]any{"next": goavro.Union("N", map[string]any{"next": nil})}), `{"next":{"next":null}}`,
		},
		{`{"type":"string","logicalType":"uuid"}`, "3f2504e0-4f89-11d3-9a0c-0305e82c3301", `"3f2504e0-4f89-11d3-9a0c-0305e82c3301"`},
	}
	for _, tt := range tests {
		schema := `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"time","type":"long"},{"name":"v","type":` +
			tt.schema + `}]}`
		f := newOCF(t, schema, "null", nil)
		f.block(map[string]any{"id": "a", "time": 1, "v": tt.value}, map[string]any{"id": "a", "time": 1, "v": tt.value})
		checkValue(t, tt.schema, f.out.Bytes(), tt.want)
	}
}

// goavro turns logical types into Go types, so here the binary form is by hand.
func TestAvroLogicalTypes(t *testing.T) {
	t.Parallel()
	const day = 24 * 60 * 60
	tests := []struct {
		schema string
		binary []byte
		want   string
	}{
		{`{"type":"int","logicalType":"date"}`, long(20_000), `"2024-10-04"`},
		{`{"type":"int","logicalType":"date"}`, long(-1), `"1969-12-31"`},
		{`{"type":"int","logicalType":"time-millis"}`, long(3_723_004), `"01:02:03.004"`},
		{`{"type":"long","logicalType":"time-micros"}`, long(3_723_000_004), `"01:02:03.000004"`},
		{`{"type":"long","logicalType":"timestamp-millis"}`, long(day*1000 + 5), `"1970-01-02T00:00:00.005Z"`},
		{`{"type":"long","logicalType":"timestamp-micros"}`, long(day * 1_000_000), `"1970-01-02T00:00:00Z"`},
		{`{"type":"long","logicalType":"timestamp-nanos"}`, long(1), `"1970-01-01T00:00:00.000000001Z"`},
		{`{"type":"long","logicalType":"local-timestamp-millis"}`, long(5), `"1970-01-01T00:00:00.005"`},
		{`{"type":"long","logicalType":"timestamp-millis"}`, long(math.MaxInt64), `9223372036854775807`},
		{`{"type":"long","logicalType":"invented"}`, long(7), `7`},
		{`{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`, sized(0x07, 0xcf), `19.99`},
		{`{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}`, sized(0xff), `-0.01`},
		{`{"type":"bytes","logicalType":"decimal","precision":6}`, sized(), `0`},
		{`{"type":"fixed","size":2,"name":"D","logicalType":"decimal","precision":4,"scale":1}`, []byte{0, 123}, `12.3`},
		{`{"type":"fixed","size":16,"name":"U","logicalType":"uuid"}`, []byte("0123456789abcdef"), `"30313233-3435-3637-3839-616263646566"`},
	}
	for _, tt := range tests {
		schema := `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"time","type":"long"},{"name":"v","type":` +
			tt.schema + `}]}`
		f := newOCF(t, schema, "null", nil)
		f.raw(1, slices.Concat([]byte("\x02a\x02"), tt.binary))
		checkValue(t, tt.schema, f.out.Bytes(), tt.want)
	}
}

func long(v int64) []byte { return binary.AppendVarint(nil, v) }

func sized(b ...byte) []byte { return append(long(int64(len(b))), b...) }

func checkValue(t *testing.T, schema string, file []byte, want string) {
	t.Helper()
	n := 0
	for ev, err := range currents.ReadAvro("x.avro", bytes.NewReader(file)) {
		n++
		var wantFields []currents.Field
		if want != "" {
			wantFields = fields("v", want)
		}
		if diff := cmp.Diff(wantFields, ev.Fields, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", schema, err, diff)
		}
	}
	if n == 0 {
		t.Errorf("%s: no event", schema)
	}
}

// The time of an event is seconds unless its logical type says otherwise.
func TestAvroTime(t *testing.T) {
	t.Parallel()
	for schema, binary := range map[string][]byte{
		`"int"`:           long(1_700_000_000),
		`["null","long"]`: append(long(1), long(1_700_000_000)...),
		`{"type":"long","logicalType":"timestamp-millis"}`: long(1_700_000_000_999),
		`{"type":"long","logicalType":"timestamp-micros"}`: long(1_700_000_000_999_999),
		`"double"`: {0, 0, 0, 0x40, 0xfc, 0x54, 0xd9, 0x41},
	} {
		f := newOCF(t, `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"time","type":`+schema+`}]}`, "null", nil)
		f.raw(1, append([]byte("\x02a"), binary...))
		for ev, err := range currents.ReadAvro("x.avro", &f.out) {
			if err != nil || ev.Time != 1_700_000_000 {
				t.Errorf("%s: time %d, %v", schema, ev.Time, err)
			}
		}
	}
}

func TestAvroCustomProperties(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"record","namespace":"users.behaviors","name":"CustomEvent","fields":[
		{"name":"id","type":"string"},{"name":"time","type":"int"},{"name":"name","type":"string"},{"name":"properties","type":"string"}]}`
	for text, want := range map[string]currents.Event{
		`{"a":9007199254740993}`: {Custom: []byte(`{"a":9007199254740993}`)},
		"{\n}":                   {Custom: []byte(`{}`)},
		`{"a":`:                  {CustomFault: true},
		`[]`:                     {CustomFault: true},
		`null`:                   {CustomFault: true},
		``:                       {CustomFault: true},
	} {
		want.Type, want.ID, want.Time, want.Fields = "users.behaviors.CustomEvent", "a", 1, fields("name", `"N"`)
		f := newOCF(t, schema, "null", nil)
		f.block(map[string]any{"id": "a", "time": 1, "name": "N", "properties": text})
		for ev, err := range currents.ReadAvro("x.avro", &f.out) {
			if diff := cmp.Diff(want, ev); err != nil || diff != "" {
				t.Errorf("properties %q: %v (-want +got):\n%s", text, err, diff)
			}
		}
	}
}

// Every cut of a file yields the complete blocks, then exactly one error with
// the offset of the block that is cut.
func TestAvroCutOff(t *testing.T) {
	t.Parallel()
	f := newOCF(t, openSchema, "zstandard", zstandard(t))
	starts := []int{}
	for i := range 3 {
		starts = append(starts, f.block(openRecord(fmt.Sprint("a", i)), openRecord(fmt.Sprint("b", i))))
	}
	file := f.out.Bytes()
	starts = append(starts, len(file))
	for cut := range len(file) {
		var want []string
		for i := range 3 {
			if cut >= starts[i+1] {
				want = append(want, fmt.Sprint("a", i), fmt.Sprint("b", i))
			}
		}
		for i := range 3 {
			if starts[i] < cut && cut < starts[i+1] {
				want = append(want, fmt.Sprintf("malformed@0:%d-1", starts[i]))
			}
		}
		got := outcomes(currents.ReadAvro("x.avro", bytes.NewReader(file[:cut])))
		if cut < starts[0] {
			if len(got) != 1 || !strings.HasPrefix(got[0], "malformed@0:") || !strings.HasSuffix(got[0], "-1") {
				t.Errorf("cut in the header at %d: %q", cut, got)
			}
			continue
		}
		if !slices.Equal(got, want) {
			t.Errorf("cut at %d: %q, want %q", cut, got, want)
		}
	}
}

func TestAvroDamage(t *testing.T) {
	t.Parallel()
	build := func(codec string, pack func([]byte) []byte) ([]byte, []int) {
		f := newOCF(t, openSchema, codec, pack)
		starts := []int{
			f.block(openRecord("a"), openRecord("b")),
			f.block(openRecord("c"), openRecord("d"), openRecord("e")),
			f.block(openRecord("f")),
		}
		return f.out.Bytes(), starts
	}
	plain, p := build("null", nil)
	packed, z := build("zstandard", zstandard(t))
	tests := []struct {
		name   string
		file   []byte
		damage func([]byte)
		want   []string
	}{
		{"sync marker", plain, func(b []byte) { b[p[2]-1] ^= 1 }, []string{"a", "b", fmt.Sprintf("malformed@0:%d+2", p[1]), "f"}},
		{"sync marker of the first", plain, func(b []byte) { b[p[1]-5] = 'x' }, []string{fmt.Sprintf("malformed@0:%d+1", p[0]), "c", "d", "e", "f"}},
		{"sync marker of the last", plain, func(b []byte) { b[len(b)-1] ^= 1 }, []string{"a", "b", "c", "d", "e", fmt.Sprintf("malformed@0:%d-1", p[2])}},
		{"size too large", plain, func(b []byte) { b[p[1]+1] ^= 2 }, []string{"a", "b", fmt.Sprintf("malformed@0:%d-1", p[1]), "f"}},
		{"count negative", plain, func(b []byte) { b[p[1]] = 1 }, []string{"a", "b", fmt.Sprintf("malformed@0:%d-1", p[1]), "f"}},
		{"count too small", plain, func(b []byte) { b[p[1]] = 4 }, []string{"a", "b", "c", "d", fmt.Sprintf("malformed@0:%d-1", p[1]), "f"}},
		{"count too large", plain, func(b []byte) { b[p[1]] = 20 }, []string{"a", "b", "c", "d", "e", fmt.Sprintf("malformed@0:%d+6", p[1]), "f"}},
		{"string length", plain, func(b []byte) { b[p[1]+3] = 0x7f }, []string{"a", "b", fmt.Sprintf("malformed@0:%d+2", p[1]), "f"}},
		{"string not UTF-8", plain, func(b []byte) { b[p[1]+4] = 0xff }, []string{"a", "b", fmt.Sprintf("malformed@0:%d", p[1]), "d", "e", "f"}},
		{"compressed data", packed, func(b []byte) { b[z[1]+4] ^= 0xff }, []string{"a", "b", fmt.Sprintf("malformed@0:%d+2", z[1]), "f"}},
		{"magic", plain, func(b []byte) { b[0] = 'o' }, []string{"malformed@0:0-1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := bytes.Clone(tt.file)
			tt.damage(file)
			if got := outcomes(currents.ReadAvro("x.avro", bytes.NewReader(file))); !slices.Equal(got, tt.want) {
				t.Errorf("= %q, want %q", got, tt.want)
			}
		})
	}
}

// Files that claim far more than they hold must cost little.
func TestAvroBombs(t *testing.T) {
	t.Parallel()
	const nulls = `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"v","type":{"type":"array","items":"null"}}]}`
	const nothing = `{"type":"record","name":"X","fields":[]}`
	const nested = `{"type":"record","name":"X","fields":[{"name":"v","type":["null","X"]}]}`
	for name, tt := range map[string]struct {
		schema string
		count  int64
		data   []byte
	}{
		"array of nulls":  {nulls, 1, slices.Concat([]byte("\x02a"), long(1<<50), long(0))},
		"huge string":     {nulls, 1, long(1 << 40)},
		"empty records":   {nothing, 1 << 25, nil},
		"nested for ever": {nested, 1, bytes.Repeat([]byte{2}, 1<<20)},
	} {
		f := newOCF(t, tt.schema, "null", nil)
		f.raw(tt.count, tt.data)
		got := outcomes(currents.ReadAvro("x.avro", &f.out))
		if len(got) != 1 || !strings.HasPrefix(got[0], "malformed@0:") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAvroHeaders(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]*ocf{
		"codec":  newOCF(t, openSchema, "bzip2", nil),
		"schema": newOCF(t, `"string"`, "null", nil),
	} {
		for _, err := range currents.ReadAvro("x.avro", &f.out) {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("unknown %s: %v", name, err)
			}
		}
	}
}

func TestAvroEventsMayBeKept(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"record","name":"X","fields":[{"name":"id","type":"string"},{"name":"time","type":"int"},{"name":"n","type":"int"},
		{"name":"s","type":"string"},{"name":"properties","type":"string"}]}`
	f := newOCF(t, schema, "null", nil)
	for i := range 500 {
		f.block(map[string]any{"id": fmt.Sprint("id", i), "time": 1, "n": i, "s": strings.Repeat("x", i*200%70_000), "properties": fmt.Sprint("p", i)})
	}
	var kept []currents.Event
	for ev, err := range currents.ReadAvro("x.avro", &f.out) {
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, ev)
	}
	for i, ev := range kept {
		want := fields("n", strconv.Itoa(i), "s", `"`+strings.Repeat("x", i*200%70_000)+`"`, "properties", fmt.Sprintf(`"p%d"`, i))
		if ev.ID != fmt.Sprint("id", i) || !reflect.DeepEqual(ev.Fields, want) {
			t.Fatalf("event %d changed: %.200v", i, ev)
		}
	}
	if len(kept) != 500 {
		t.Fatalf("%d events", len(kept))
	}
}
