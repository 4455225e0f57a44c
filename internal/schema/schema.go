// Package schema makes JSON Schemas of configuration files, for editors. Tests hold the stored
// schemas against the types that read the files, and example files against the schemas.
package schema

import (
	"reflect"
	"testing"
	"time"

	"github.com/invopop/jsonschema"
)

// Duration is a text such as "30s" or "1h30m".
func Duration(about string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`, Description: about}
}

// Words is one of some texts.
func Words(words ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, word := range words {
		s.Enum = append(s.Enum, word)
	}
	return s
}

// Source is a directory of Go files whose comments describe the members of a file. Package
// is the import path of the package that the test is in, and Dir is relative to it.
type Source struct{ Package, Dir string }

// Of returns the schema of a file that is read into a struct with tags of a name. special has
// the schemas of types that are not read as reflection suggests.
func Of(tb testing.TB, of any, tag string, special map[reflect.Type]*jsonschema.Schema, sources ...Source) *jsonschema.Schema {
	tb.Helper()
	r := &jsonschema.Reflector{
		Anonymous: true, ExpandedStruct: true, RequiredFromJSONSchemaTags: true, FieldNameTag: tag,
		Mapper: func(t reflect.Type) *jsonschema.Schema {
			if s, found := special[t]; found {
				own := *s // a description of its own is added to it
				return &own
			}
			if t == reflect.TypeFor[time.Duration]() {
				return Duration("")
			}
			return nil
		},
	}
	for _, source := range sources {
		if err := r.AddGoComments(source.Package, source.Dir, jsonschema.WithFullComment()); err != nil {
			tb.Fatal(err)
		}
	}
	return r.Reflect(of)
}
