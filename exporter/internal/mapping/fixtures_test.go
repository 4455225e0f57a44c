package mapping_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
	"github.com/ammeter/ammeter/fixtures"
)

// The exporter and the fixtures transcribe the same version of Currents.
func TestCurrentsVersion(t *testing.T) {
	t.Parallel()
	if want := fixtures.Currents(); mapping.CurrentsVersion != want.Number || mapping.CurrentsDate != want.Date {
		t.Errorf("the table is of Currents v%d (%s), the fixtures are of %v", mapping.CurrentsVersion, mapping.CurrentsDate, want)
	}
}

// TestFixtures maps every published case in every shape it can arrive in.
func TestFixtures(t *testing.T) {
	t.Parallel()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.New(mapping.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, typ := range set.Types {
		t.Run(typ.Name, func(t *testing.T) {
			t.Parallel()
			cases := set.CasesOf(typ.Name)
			if len(cases) == 0 {
				t.Fatal("no cases")
			}
			codec := []string{goavro.CompressionNullLabel, goavro.CompressionDeflateLabel, goavro.CompressionSnappyLabel}[i%3]
			file := avroFile(t, typ, cases, codec)
			next, stop := iter.Pull2(currents.ReadAvro("events.avro", bytes.NewReader(file)))
			defer stop()
			nextFast, stopFast := iter.Pull2(onepass.Avro(m, "events.avro", bytes.NewReader(file)))
			defer stopFast()
			for _, c := range cases {
				ev, err, ok := next()
				if !ok {
					t.Fatalf("%s: the Avro file ends before it", c.Name)
				}
				check(t, m, c, "avro "+codec, ev, err)
				r, err, ok := nextFast()
				if !ok {
					t.Fatalf("%s: the Avro file ends before it, read fast", c.Name)
				}
				checkRecord(t, c, "avro, fast", r, err)
				for shape, text := range map[string]json.RawMessage{
					"flat": c.Storage(), "avro json": c.AvroJSON(), "custom http": c.CustomHTTP(),
				} {
					ev, err := only(currents.DecodeBody("body", text))
					check(t, m, c, shape, ev, err)
					r, err := only(onepass.Body(m, "body", text))
					checkRecord(t, c, shape+", fast", r, err)
				}
			}
		})
	}
}

// only returns the single thing an input holds.
func only[T any](all iter.Seq2[T, error]) (one T, err error) {
	n := 0
	for one, err = range all {
		n++
	}
	if n != 1 {
		return one, fmt.Errorf("%d records instead of one", n)
	}
	return one, err
}

func check(t *testing.T, m *mapping.Mapper, c fixtures.Case, shape string, ev currents.Event, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s, %s: read: %v", c.Name, shape, err)
		return
	}
	r, err := m.Map(ev)
	checkRecord(t, c, shape, r, err)
}

func checkRecord(t *testing.T, c fixtures.Case, shape string, r mapping.Record, err error) {
	t.Helper()
	dropped := ""
	if drop, ok := errors.AsType[*mapping.Drop](err); ok {
		dropped = drop.Reason
	}
	if dropped != c.Expect.Dropped {
		t.Errorf("%s, %s: dropped as %q, want %q", c.Name, shape, dropped, c.Expect.Dropped)
		return
	}
	if !c.Expect.Sent() {
		return
	}
	if diff := cmp.Diff(parse(t, c.Expect.Amplitude), parse(t, r.Wire)); diff != "" {
		t.Errorf("%s, %s: wire differs (-want +got):\n%s", c.Name, shape, diff)
	}
	if !slices.Equal(r.Faults, c.Expect.Faults) {
		t.Errorf("%s, %s: faults %q, want %q", c.Name, shape, r.Faults, c.Expect.Faults)
	}
}

// parse reads JSON for comparison: numbers by exact value, not by spelling.
func parse(t *testing.T, text []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("not JSON: %v: %s", err, text)
	}
	return exact(v)
}

func exact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = exact(e)
		}
	case []any:
		for i, e := range v {
			v[i] = exact(e)
		}
	case json.Number:
		if r, ok := new(big.Rat).SetString(string(v)); ok {
			return "number " + r.RatString()
		}
	}
	return v
}

// avroFile writes the cases of one type with goavro, the way Braze names the
// schema.
func avroFile(tb testing.TB, typ fixtures.Type, cases []fixtures.Case, codec string) []byte {
	tb.Helper()
	var file bytes.Buffer
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &file, Schema: avroSchema(typ), CompressionName: codec})
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range cases {
		if err := w.Append([]any{nativeRecord(tb, typ, c)}); err != nil {
			tb.Fatalf("append: %v", err)
		}
	}
	return file.Bytes()
}

// unknownField is the one field of the cases that no published schema has.
const unknownField = "field_of_tomorrow"

// storageFields are the fields of the type's records. The unknown field
// is added to all.
func storageFields(typ fixtures.Type) []fixtures.Field {
	return append(typ.InputFields(), fixtures.Field{Name: unknownField, Type: "string"})
}

func avroSchema(typ fixtures.Type) string {
	var members []string
	for _, f := range storageFields(typ) {
		schema := avroType(f.Type)
		if !f.Required {
			schema = `["null",` + schema + `],"default":null`
		}
		members = append(members, fmt.Sprintf(`{"name":%q,"type":%s}`, f.Name, schema))
	}
	dot := strings.LastIndexByte(typ.Name, '.')
	return fmt.Sprintf(`{"type":"record","namespace":"dataexport.S3.inner.%s","name":%q,"fields":[%s]}`,
		typ.Name[:dot], typ.Name[dot+1:], strings.Join(members, ","))
}

// nativeRecord is goavro's form of the case's input.
func nativeRecord(tb testing.TB, typ fixtures.Type, c fixtures.Case) map[string]any {
	tb.Helper()
	record, native := parseNumbers(tb, c.Storage()), map[string]any{}
	delete(record, "event_type")
	for _, f := range storageFields(typ) {
		native[f.Name] = avroValue(tb, record[f.Name], f.Type, f.Required)
		delete(record, f.Name)
	}
	for name := range record {
		tb.Errorf("%s %s: field %s is in no schema", typ.Name, c.Name, name)
	}
	return native
}

func parseNumbers(tb testing.TB, text []byte) map[string]any {
	tb.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func avroType(kind string) string {
	switch kind {
	case "string[]":
		return `{"type":"array","items":"string"}`
	case "float", "double":
		return `"double"`
	}
	return `"` + kind + `"`
}

func avroValue(tb testing.TB, v any, kind string, required bool) any {
	tb.Helper()
	if number, ok := v.(json.Number); ok {
		var err error
		switch kind {
		case "float", "double":
			v, err = number.Float64()
		default:
			v, err = number.Int64()
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if v == nil || required {
		return v
	}
	switch kind {
	case "string[]":
		kind = "array"
	case "float":
		kind = "double"
	}
	return goavro.Union(kind, v)
}
