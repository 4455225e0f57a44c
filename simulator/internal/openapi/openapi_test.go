package openapi_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/ammeter/ammeter/simulator/internal/openapi"
)

var update = flag.Bool("update", false, "write schemas.yaml")

// TestSchemas holds the schemas against the types, comments included.
func TestSchemas(t *testing.T) {
	t.Parallel()
	want := "  schemas:\n" + generated(t, "../../control") + generated(t, "../fidelity")
	if *update {
		if err := os.WriteFile("schemas.yaml", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.HasSuffix(openapi.Document(), []byte(want)) {
		t.Error("schemas.yaml is not what the types say: run go test ./simulator/internal/openapi -update")
	}
}

// TestDocument reports whether the document parses and every reference in it leads
// somewhere.
func TestDocument(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	if err := yaml.UnmarshalWithOptions(openapi.Document(), &doc, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if doc["openapi"] != "3.1.0" {
		t.Errorf("openapi: %v, want 3.1.0", doc["openapi"])
	}
	used := map[string]bool{}
	walk(doc, func(ref string) {
		used[ref] = true
		var at any = doc
		for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			m, _ := at.(map[string]any)
			if at = m[step]; at == nil {
				t.Errorf("$ref %q leads nowhere", ref)
				return
			}
		}
	})
	if len(used) < 20 {
		t.Errorf("%d references, want those of all operations", len(used))
	}
}

func walk(at any, visit func(ref string)) {
	switch v := at.(type) {
	case map[string]any:
		for name, child := range v {
			if ref, ok := child.(string); ok && name == "$ref" {
				visit(ref)
			}
			walk(child, visit)
		}
	case []any:
		for _, child := range v {
			walk(child, visit)
		}
	}
}

// generated are the schemas of the types of a package that have JSON members.
func generated(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var schemas []string
	values := map[string][]string{} // of the types that are texts
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range decl.Specs {
				switch spec := s.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() {
						schemas = append(schemas, schema(t, decl, spec)...)
					}
				case *ast.ValueSpec:
					if of, ok := spec.Type.(*ast.Ident); ok && len(spec.Values) == 1 {
						if text, ok := spec.Values[0].(*ast.BasicLit); ok {
							values[of.Name] = append(values[of.Name], text.Value)
						}
					}
				}
			}
		}
	}
	for name, list := range values {
		schemas = append(schemas, fmt.Sprintf("    %s: {type: string, enum: [%s]}\n", name, strings.Join(list, ", ")))
	}
	slices.Sort(schemas)
	return strings.Join(schemas, "")
}

func schema(t *testing.T, decl *ast.GenDecl, spec *ast.TypeSpec) []string {
	t.Helper()
	of, ok := spec.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var text strings.Builder
	fmt.Fprintf(&text, "    %s:\n      type: object\n", named(spec.Name.Name))
	if about := strings.TrimSpace(decl.Doc.Text()); about != "" {
		fmt.Fprintf(&text, "      description: %s\n", quoted(about))
	}
	text.WriteString("      properties:\n")
	members := 0
	for _, f := range of.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			t.Fatal(err)
		}
		tags := reflect.StructTag(tag)
		name, _, _ := strings.Cut(tags.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		members++
		about := ""
		if text := cmp.Or(tags.Get("help"), strings.TrimSpace(f.Doc.Text()+f.Comment.Text())); text != "" {
			about = "description: " + quoted(text) + ", "
		}
		fmt.Fprintf(&text, "        %s: {%s%s%s}\n", name, about, typed(t, f.Type), bounds(tags))
	}
	if members == 0 {
		return nil
	}
	return []string{text.String()}
}

// bounds are what the tags of a member say of its values. They are for the catalog of
// controls; a test of package controlapi holds the ranges against what the calls take.
func bounds(tags reflect.StructTag) string {
	var text string
	if least, most, ok := strings.Cut(tags.Get("range"), ".."); ok {
		text += ", minimum: " + least
		if most != "" {
			text += ", maximum: " + most
		}
	}
	if values := tags.Get("enum"); values != "" {
		text += ", enum: [" + values + "]"
	}
	if unit := tags.Get("unit"); unit != "" {
		text += ", x-unit: " + unit
	}
	if tags.Get("readonly") != "" {
		text += ", readOnly: true"
	}
	return text
}

func quoted(text string) string { return strconv.Quote(strings.Join(strings.Fields(text), " ")) }

// named is the name of a schema. A row of the fidelity table needs a better one.
func named(name string) string {
	if name == "Row" {
		return "Behavior"
	}
	return name
}

// typed is a Go type as a schema, without its braces.
func typed(t *testing.T, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.StarExpr:
		return typed(t, e.X)
	case *ast.ArrayType:
		return "type: array, items: {" + typed(t, e.Elt) + "}"
	case *ast.MapType:
		return "type: object, additionalProperties: {" + typed(t, e.Value) + "}"
	case *ast.SelectorExpr:
		switch e.Sel.Name {
		case "Time":
			return "type: string, format: date-time"
		case "RawMessage":
			return "" // any JSON
		}
	case *ast.Ident:
		switch e.Name {
		case "string":
			return "type: string"
		case "bool":
			return "type: boolean"
		case "int", "uint64":
			return "type: integer"
		case "float64":
			return "type: number"
		case "Duration":
			return "type: number, x-unit: s"
		}
		if e.IsExported() {
			return "$ref: '#/components/schemas/" + named(e.Name) + "'"
		}
	}
	t.Fatalf("no schema for the type %v", e)
	return ""
}
