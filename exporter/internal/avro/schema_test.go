package avro_test

import (
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/avro"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	s := open(t, `{"type":"record","name":"Open","namespace":"users.email","fields":[
		{"name":"id","type":"string"},
		{"name":"time","type":["null",{"type":"long","logicalType":"timestamp-millis"}]},
		{"name":"tags","type":{"type":"array","items":"int"}}]}`)
	if s.Name != "users.email.Open" || len(s.Fields) != 3 {
		t.Fatalf("schema %q with %d fields", s.Name, len(s.Fields))
	}
	id, when, tags := s.Fields[0], s.Fields[1], s.Fields[2]
	if id.Name != "id" || id.Value.Kind != avro.KindString {
		t.Errorf("first field %q of kind %d", id.Name, id.Value.Kind)
	}
	if b := when.Value.Branches; when.Value.Kind != avro.KindUnion || len(b) != 2 || b[0].Kind != avro.KindNull || b[1].Kind != avro.KindLong || b[1].Logical != "timestamp-millis" {
		t.Errorf("second field %+v", when.Value)
	}
	if tags.Value.Kind != avro.KindArray || tags.Value.Items.Kind != avro.KindInt {
		t.Errorf("third field %+v", tags.Value)
	}
}

// A type is found by its full name, and by its short one in its namespace.
func TestSchema_references(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ schema, value, want string }{
		"itself":        {`{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}`, "\x02\x00", `{"next":{"next":null}}`},
		"short":         {`{"type":"record","name":"A","fields":[{"name":"x","type":{"type":"enum","name":"E","symbols":["Q"]}},{"name":"y","type":"E"}]}`, "\x00\x00", `{"x":"Q","y":"Q"}`},
		"full":          {`{"type":"record","name":"A","fields":[{"name":"x","type":{"type":"fixed","name":"other.F","size":1}},{"name":"y","type":"other.F"}]}`, "ab", `{"x":"a","y":"b"}`},
		"odd names":     {`{"type":"record","name":"A","fields":[{"name":"a-b \"c\"","type":"null"}]}`, "", `{"a-b \"c\"":null}`},
		"an error type": {`{"type":"error","name":"A","fields":[]}`, "", `{}`},
	} {
		d := avro.Datum{Src: []byte(row.value)}
		if d.Value(node(t, row.schema), 0); d.Err != nil || string(d.Dst) != row.want {
			t.Errorf("%s: %s, %v; want %s", name, d.Dst, d.Err, row.want)
		}
	}
}

func TestSchema_refused(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"type":"array","items":`, 300) + `"null"` + strings.Repeat(`}`, 300)
	for name, schema := range map[string]string{
		"not a record":   `"string"`,
		"unknown type":   `{"type":"record","name":"R","fields":[{"name":"a","type":"Missing"}]}`,
		"without a name": `{"type":"record","fields":[]}`,
		"too deep":       `{"type":"record","name":"R","fields":[{"name":"a","type":` + deep + `}]}`,
		"a list":         `[]`,
		"null":           `null`,
	} {
		c := avro.New(strings.NewReader("Obj\x01\x02" + text("avro.schema") + text(schema) + "\x00" + sync))
		if _, err := c.Open(); err == nil || !strings.HasPrefix(err.Error(), "schema: ") && !strings.Contains(err.Error(), "nested too deeply") {
			t.Errorf("%s: %v; want an error of the schema", name, err)
		}
	}
}
