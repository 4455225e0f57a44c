package feed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/linkedin/goavro/v2"

	"github.com/ammeter/ammeter/fixtures"
)

// schema is the record schema of an event type.
type schema struct {
	text   string
	fields []fixtures.Field
}

// schemaOf makes the schema the way Braze names it. Text fields that the published
// schema does not have, as a coming version may, are added as optional ones.
func schemaOf(t fixtures.Type, cases []fixtures.Case) (schema, error) {
	s := schema{fields: t.InputFields()}
	known := map[string]bool{"event_type": true}
	for _, f := range s.fields {
		known[f.Name] = true
	}
	for _, c := range cases {
		values, err := members(c.Storage())
		if err != nil {
			return s, err
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if _, text := values[name].(string); text && !known[name] {
				known[name] = true
				s.fields = append(s.fields, fixtures.Field{Name: name, Type: "string"})
			}
		}
	}
	space, name := "", t.Name
	if dot := strings.LastIndexByte(t.Name, '.'); dot >= 0 {
		space, name = "."+t.Name[:dot], t.Name[dot+1:]
	}
	list := make([]string, 0, len(s.fields))
	for _, f := range s.fields {
		kind := schemaType(f.Type)
		if !f.Required {
			kind = `["null",` + kind + `],"default":null`
		}
		list = append(list, fmt.Sprintf(`{"name":%q,"type":%s}`, f.Name, kind))
	}
	s.text = fmt.Sprintf(`{"type":"record","namespace":%q,"name":%q,"fields":[%s]}`,
		"dataexport.S3.inner"+space, name, strings.Join(list, ","))
	return s, nil
}

// record is the case in goavro's form; false if the schema has no place for a
// value of it.
func (s schema) record(c fixtures.Case) (map[string]any, bool) {
	values, err := members(c.Storage())
	if err != nil {
		return nil, false
	}
	delete(values, "event_type")
	record := make(map[string]any, len(s.fields))
	for _, f := range s.fields {
		v, ok := value(values[f.Name], f)
		if !ok {
			return nil, false
		}
		record[f.Name] = v
		delete(values, f.Name)
	}
	return record, len(values) == 0
}

func value(v any, f fixtures.Field) (any, bool) {
	if number, ok := v.(json.Number); ok {
		var err error
		if f.Type == "float" || f.Type == "double" {
			v, err = number.Float64()
		} else {
			v, err = number.Int64()
		}
		if err != nil {
			return nil, false
		}
	}
	if s, ok := v.(string); ok {
		v = strings.ReplaceAll(s, BadByte, "\xff")
	}
	if v == nil || f.Required {
		return v, true
	}
	return goavro.Union(branch(f.Type), v), true
}

func branch(fieldType string) string {
	switch fieldType {
	case "string[]":
		return "array"
	case "float":
		return "double"
	default:
		return fieldType
	}
}

func schemaType(fieldType string) string {
	if fieldType == "string[]" {
		return `{"type":"array","items":"string"}`
	}
	return `"` + branch(fieldType) + `"`
}

func members(object []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	var m map[string]any
	err := d.Decode(&m)
	return m, err
}
