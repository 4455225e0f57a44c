package openapi

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/ammeter/ammeter/simulator/control"
)

// Catalog lists the calls that change the simulator, in the order of the document. It is
// read from the document, so that both say the same. Controls are the operations with a
// tag, which names their area.
var Catalog = sync.OnceValue(func() []control.Control {
	var doc struct {
		Paths      yaml.MapSlice
		Components struct {
			Schemas    map[string]schema
			Parameters map[string]parameter
		}
	}
	// A reference is a key that Go's decoder does not mistake for one of its own.
	text := strings.ReplaceAll(string(Document()), "$ref:", "ref:")
	if err := yaml.UnmarshalWithOptions([]byte(text), &doc, yaml.UseOrderedMap()); err != nil {
		panic("openapi: " + err.Error()) // a test reads the document that is compiled in
	}
	r := reader{doc.Components.Schemas, doc.Components.Parameters}
	var list []control.Control
	for _, path := range doc.Paths {
		for _, method := range path.Value.(yaml.MapSlice) {
			if made, ok := r.control(path.Key.(string), method.Key.(string), method.Value); ok {
				list = append(list, made)
			}
		}
	}
	return list
})

// operation is what the catalog needs of a call.
type operation struct {
	OperationID string `yaml:"operationId"`
	Tags        []string
	Summary     string
	Parameters  []parameter
	RequestBody struct {
		Content map[string]struct{ Schema schema }
	} `yaml:"requestBody"`
}

type parameter struct {
	Ref         string
	Name, In    string
	Required    bool
	Description string
	Schema      schema
}

type schema struct {
	Ref              string
	Type, Format     string
	Description      string
	Unit             string `yaml:"x-unit"`
	ReadOnly         bool   `yaml:"readOnly"`
	Minimum, Maximum *float64
	ExclusiveMinimum *float64 `yaml:"exclusiveMinimum"`
	Enum             []string
	Required         []string
	Items            *schema
	Properties       yaml.MapSlice // in the order of the document
}

// reader resolves the references of the document.
type reader struct {
	schemas    map[string]schema
	parameters map[string]parameter
}

// control makes a control of an operation that has a tag.
func (r reader) control(path, method string, node any) (control.Control, bool) {
	op := decoded[operation](node)
	if len(op.Tags) == 0 {
		return control.Control{}, false
	}
	c := control.Control{
		Name: op.OperationID, Area: op.Tags[0], Method: strings.ToUpper(method), Path: path, Effect: op.Summary, Fields: []control.Field{},
	}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = r.parameters[lastOf(p.Ref)]
		}
		f := r.field(p.Name, p.In, p.Schema)
		f.Effect, f.Required = p.Description, p.Required
		c.Fields = append(c.Fields, f)
	}
	if body, ok := op.RequestBody.Content["application/json"]; ok {
		c.Fields = append(c.Fields, r.body("", body.Schema)...)
	}
	return c, true
}

// body lists the fields of a schema; those of nested objects bear the names of both.
func (r reader) body(prefix string, s schema) []control.Field {
	s = r.resolved(s)
	if len(s.Properties) == 0 {
		return []control.Field{r.field(strings.TrimSuffix(prefix, "."), "body", s)}
	}
	var fields []control.Field
	for _, p := range s.Properties {
		name, member := p.Key.(string), decoded[schema](p.Value)
		if member.ReadOnly {
			continue
		}
		if nested := r.resolved(member); len(nested.Properties) > 0 {
			about := control.Field{Name: prefix + name, In: "body", Type: "object", Effect: cmp.Or(member.Description, nested.Description)}
			fields = append(fields, append([]control.Field{about}, r.body(prefix+name+".", nested)...)...)
			continue
		}
		f := r.field(prefix+name, "body", member)
		f.Required = slices.Contains(s.Required, name)
		fields = append(fields, f)
	}
	return fields
}

// field is a field of a simple type.
func (r reader) field(name, in string, s schema) control.Field {
	full := r.resolved(s)
	f := control.Field{
		Name: name, In: in, Type: full.Type, Unit: full.Unit, Min: full.Minimum, Max: full.Maximum, Above: full.ExclusiveMinimum,
		Values: full.Enum, Effect: s.Description,
	}
	switch {
	case full.Type == "array":
		f.Type = r.field("", "", *full.Items).Type + "[]"
	case full.Type == "object" && len(full.Properties) == 0:
		f.Type = "map"
	case full.Format == "date-time":
		f.Type = "instant"
	case full.Type == "":
		f.Type = "string" // an enum
	}
	return f
}

// resolved is the schema that a reference leads to.
func (r reader) resolved(s schema) schema {
	if s.Ref == "" {
		return s
	}
	return r.schemas[lastOf(s.Ref)]
}

func lastOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// decoded turns a part of the document into a T.
func decoded[T any](node any) T {
	var into T
	text, err := yaml.Marshal(node)
	if err == nil {
		err = yaml.UnmarshalWithOptions(text, &into, yaml.UseOrderedMap())
	}
	if err != nil {
		panic("openapi: " + err.Error()) // a test reads the document that is compiled in
	}
	return into
}
