package currents_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/exporter/internal/currents"
)

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
		`null`:                   {},
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
