package avro_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/avro"
)

// node returns the compiled schema of a value.
func node(t *testing.T, value string) *avro.Node {
	t.Helper()
	s := open(t, `{"type":"record","name":"R","namespace":"ns","fields":[{"name":"v","type":`+value+`}]}`)
	return s.Fields[0].Value
}

func open(t *testing.T, schema string) avro.Schema {
	t.Helper()
	s, err := avro.New(strings.NewReader("Obj\x01\x02" + text("avro.schema") + text(schema) + "\x00" + sync)).Open()
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

func TestDatum_Value(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ schema, value, want string }{
		{`"null"`, "", `null`},
		{`"boolean"`, "\x00", `false`},
		{`"boolean"`, "\x01", `true`},
		{`"boolean"`, "\x02", `true`},
		{`"int"`, "\x01", `-1`},
		{`"int"`, "\x80\x01", `64`},
		{`"long"`, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", `9223372036854775807`},
		{`"long"`, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", `-9223372036854775808`},
		{`"float"`, "\x00\x00\xc0\x3f", `1.5`},
		{`"float"`, "\xcd\xcc\xcc\x3d", `0.1`},
		{`"float"`, "\x00\x00\xc0\x7f", `null`},
		{`"double"`, "\x00\x00\x00\x00\x00\x00\xf8\x3f", `1.5`},
		{`"double"`, "\x9a\x99\x99\x99\x99\x99\xb9\x3f", `0.1`},
		{`"double"`, "\x00\x00\x00\x00\x00\x00\xf0\x7f", `null`},
		{`"double"`, "\x00\x00\x00\x00\x00\x00\xf0\xff", `null`},
		{`"double"`, "\x00\x00\x00\x00\x00\x00\x00\x80", `-0`},
		{`"double"`, double(1e21), `1e+21`},
		{`"double"`, double(1e20), `100000000000000000000`},
		{`"double"`, double(1e-7), `1e-7`},
		{`"double"`, double(1e-6), `0.000001`},
		{`"double"`, double(5e-324), `5e-324`},
		{`"string"`, "\x00", `""`},
		{`"string"`, "\x06a\"b", `"a\"b"`},
		{`"string"`, "\x06\xe2\x82\xac", `"€"`},
		{`"bytes"`, "\x06a\x00\xff", `"a\u0000ÿ"`},
		{`{"type":"fixed","name":"F","size":2}`, "ab", `"ab"`},
		{`{"type":"fixed","name":"F","size":0}`, "", `""`},
		{`{"type":"enum","name":"E","symbols":["A","B"]}`, "\x02", `"B"`},
		{`{"type":"array","items":"long"}`, "\x00", `[]`},
		{`{"type":"array","items":"long"}`, "\x04\x02\x04\x02\x06\x00", `[1,2,3]`},
		{`{"type":"array","items":"long"}`, "\x03\x04\x02\x04\x00", `[1,2]`}, // with its size
		{`{"type":"map","values":"boolean"}`, "\x04\x02k\x01\x02l\x00\x00", `{"k":true,"l":false}`},
		{`{"type":"record","name":"N","fields":[]}`, "", `{}`},
		{`{"type":"record","name":"N","fields":[{"name":"a","type":"long"},{"name":"b","type":"string"}]}`, "\x02\x02x", `{"a":1,"b":"x"}`},
		{`["null","string"]`, "\x00", `null`},
		{`["null","string"]`, "\x02\x02x", `"x"`},
		{`{"type":"array","items":["null","long"]}`, "\x04\x00\x02\x04\x00", `[null,2]`},

		{`{"type":"int","logicalType":"date"}`, long(20513), `"2026-03-01"`},
		{`{"type":"int","logicalType":"time-millis"}`, "\x02", `"00:00:00.001"`},
		{`{"type":"long","logicalType":"time-micros"}`, "\x02", `"00:00:00.000001"`},
		{`{"type":"long","logicalType":"timestamp-millis"}`, long(1772366400123), `"2026-03-01T12:00:00.123Z"`},
		{`{"type":"long","logicalType":"timestamp-micros"}`, long(1772366400000001), `"2026-03-01T12:00:00.000001Z"`},
		{`{"type":"long","logicalType":"timestamp-nanos"}`, long(1772366400000000001), `"2026-03-01T12:00:00.000000001Z"`},
		{`{"type":"long","logicalType":"local-timestamp-millis"}`, long(1772366400000), `"2026-03-01T12:00:00"`},
		{`{"type":"long","logicalType":"timestamp-millis"}`, long(-62167219200001), `-62167219200001`}, // before the year 0
		{`{"type":"long","logicalType":"timestamp-millis"}`, long(math.MaxInt64), `9223372036854775807`},
		{`{"type":"long","logicalType":"unheard-of"}`, "\x02", `1`},
		{`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, "\x04\x04\xd2", `12.34`},
		{`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, "\x02\xff", `-0.01`},
		{`{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}`, "\x00", `0.00`},
		{`{"type":"bytes","logicalType":"decimal","precision":4}`, "\x02\x80", `-128`},
		{`{"type":"fixed","name":"D","size":2,"logicalType":"decimal","precision":4,"scale":3}`, "\x00\x05", `0.005`},
		{`{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}`, "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", `"00112233-4455-6677-8899-aabbccddeeff"`},
		{`{"type":"string","logicalType":"uuid"}`, "\x02x", `"x"`},
	} {
		const behind = "rest"
		d := avro.Datum{Src: []byte(row.value + behind)}
		d.Value(node(t, row.schema), 0)
		if d.Err != nil || string(d.Dst) != row.want || string(d.Src) != behind || d.Replaced {
			t.Errorf("%s, %x: %s, %v, replaced: %v, %q is left; want %s", row.schema, row.value, d.Dst, d.Err, d.Replaced, d.Src, row.want)
		}
	}
}

func double(f float64) string {
	bits := math.Float64bits(f)
	var b [8]byte
	for i := range b {
		b[i] = byte(bits >> (8 * i))
	}
	return string(b[:])
}

// A string that is not UTF-8 is shown with replacement characters, and said to be.
func TestDatum_Replaced(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ schema, value, want string }{
		{`"string"`, "\x04a\xff", "\"a\ufffd\""},
		{`{"type":"map","values":"long"}`, "\x02\x02\xff\x02\x00", "{\"\ufffd\":1}"},
	} {
		d := avro.Datum{Src: []byte(row.value)}
		if d.Value(node(t, row.schema), 0); d.Err != nil || string(d.Dst) != row.want || !d.Replaced {
			t.Errorf("%s: %s, %v, replaced: %v; want %s", row.schema, d.Dst, d.Err, d.Replaced, row.want)
		}
	}
}

func TestDatum_damaged(t *testing.T) {
	t.Parallel()
	const short, number, count = "the block ends inside it", "a number is damaged", "a count is damaged"
	deep := `{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]}]}`
	for _, row := range []struct{ schema, value, want string }{
		{`"boolean"`, "", short},
		{`"long"`, "\x80", short},
		{`"long"`, strings.Repeat("\xff", 11), number},
		{`"float"`, "\x00\x00\x00", short},
		{`"double"`, "\x00\x00\x00\x00", short},
		{`"string"`, "\x06ab", short},
		{`"string"`, long(-1), short},
		{`"string"`, long(1 << 40), short},
		{`{"type":"fixed","name":"F","size":2}`, "a", short},
		{`{"type":"enum","name":"E","symbols":["A"]}`, "\x02", "an enum has no such symbol"},
		{`{"type":"enum","name":"E","symbols":["A"]}`, "\x01", "an enum has no such symbol"},
		{`["null","string"]`, "\x04", "a union has no such branch"},
		{`["null","string"]`, "\x01", "a union has no such branch"},
		{`["null","string"]`, "", short},
		{`{"type":"array","items":"long"}`, "\x04\x02", short},
		{`{"type":"array","items":"long"}`, long(math.MinInt64) + "\x00", count},
		{`{"type":"array","items":"null"}`, long(1 << 40), "nested too deeply or too large"},
		{`{"type":"map","values":"long"}`, "\x02\x02k", short},
		{deep, strings.Repeat("\x02", 1000), "nested too deeply or too large"},
	} {
		d := avro.Datum{Src: []byte(row.value)}
		if d.Value(node(t, row.schema), 0); d.Err == nil || !strings.Contains(d.Err.Error(), row.want) {
			t.Errorf("%s, %.20x: %v; want %q", row.schema, row.value, d.Err, row.want)
		}
	}
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		v       int64
		logical string
		want    int64
	}{
		{1772366400, "", 1772366400},
		{1772366400, "date", 1772366400},
		{1772366400999, "timestamp-millis", 1772366400},
		{1772366400999999, "timestamp-micros", 1772366400},
		{1772366400999999999, "timestamp-nanos", 1772366400},
		{1772366400999, "local-timestamp-millis", 1772366400},
		{-1, "timestamp-millis", -1},
	} {
		if got := avro.Seconds(row.v, row.logical); got != row.want {
			t.Errorf("Seconds(%d, %q) = %d, want %d", row.v, row.logical, got, row.want)
		}
	}
}
