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
	"github.com/ammeter/ammeter/fixtures"
)

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
			for _, c := range cases {
				ev, err, ok := next()
				if !ok {
					t.Fatalf("%s: the Avro file ends before it", c.Name)
				}
				check(t, m, c, "avro "+codec, ev, err)
				for shape, text := range map[string]json.RawMessage{
					"flat": c.Storage(), "avro json": c.AvroJSON(), "custom http": c.CustomHTTP(),
				} {
					ev, err := only(currents.DecodeBody("body", text))
					check(t, m, c, shape, ev, err)
				}
			}
		})
	}
}

// only returns the single thing an input holds.
func only(events iter.Seq2[currents.Event, error]) (ev currents.Event, err error) {
	n := 0
	for ev, err = range events {
		n++
	}
	if n != 1 {
		return ev, fmt.Errorf("%d records instead of one", n)
	}
	return ev, err
}

func check(t *testing.T, m *mapping.Mapper, c fixtures.Case, shape string, ev currents.Event, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s, %s: read: %v", c.Name, shape, err)
		return
	}
	r, err := m.Map(ev)
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
func avroFile(t *testing.T, typ fixtures.Type, cases []fixtures.Case, codec string) []byte {
	t.Helper()
	fields := map[string]string{}
	required := map[string]bool{}
	for _, f := range typ.InputFields() {
		fields[f.Name], required[f.Name] = f.Type, f.Required
	}
	var records []map[string]any
	for _, c := range cases {
		record := parseNumbers(t, c.Storage())
		delete(record, "event_type")
		for name := range record {
			if fields[name] == "" {
				fields[name] = "string"
			}
		}
		records = append(records, record)
	}
	var members []string
	for name, kind := range fields {
		schema := avroType(kind)
		if !required[name] {
			schema = `["null",` + schema + `],"default":null`
		}
		members = append(members, fmt.Sprintf(`{"name":%q,"type":%s}`, name, schema))
	}
	slices.Sort(members)
	dot := strings.LastIndexByte(typ.Name, '.')
	schema := fmt.Sprintf(`{"type":"record","namespace":"dataexport.S3.inner.%s","name":%q,"fields":[%s]}`,
		typ.Name[:dot], typ.Name[dot+1:], strings.Join(members, ","))

	var file bytes.Buffer
	w, err := goavro.NewOCFWriter(goavro.OCFConfig{W: &file, Schema: schema, CompressionName: codec})
	if err != nil {
		t.Fatalf("%v: %s", err, schema)
	}
	for _, record := range records {
		native := map[string]any{}
		for name, kind := range fields {
			native[name] = avroValue(t, record[name], kind, required[name])
		}
		if err := w.Append([]any{native}); err != nil {
			t.Fatalf("append: %v", err)
		}
	}
	return file.Bytes()
}

func parseNumbers(t *testing.T, text []byte) map[string]any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func avroType(kind string) string {
	switch kind {
	case "string[]":
		return `{"type":"array","items":"string"}`
	case "float":
		return `"double"`
	}
	return `"` + kind + `"`
}

func avroValue(t *testing.T, v any, kind string, required bool) any {
	t.Helper()
	if number, ok := v.(json.Number); ok {
		var err error
		switch kind {
		case "float":
			v, err = number.Float64()
		default:
			v, err = number.Int64()
		}
		if err != nil {
			t.Fatal(err)
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
