package openapi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/openapi"
)

// TestCatalog reports whether every call that changes something is in the catalog, and
// whether every control and field says what it does.
func TestCatalog(t *testing.T) {
	t.Parallel()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `yaml:"operationId"`
		}
	}
	if err := yaml.Unmarshal(openapi.Document(), &doc); err != nil {
		t.Fatal(err)
	}
	inCatalog := map[string]control.Control{}
	for _, c := range openapi.Catalog() {
		inCatalog[c.Name] = c
		if c.Effect == "" || !slices.Contains([]string{"keys", "limits", "clock", "faults", "cohorts", "braze", "reset"}, c.Area) {
			t.Errorf("%s: effect %q, area %q", c.Name, c.Effect, c.Area)
		}
		for _, f := range c.Fields {
			known := slices.Contains([]string{"string", "integer", "number", "boolean", "instant", "map", "object"}, strings.TrimSuffix(f.Type, "[]"))
			if !known || f.Effect == "" || !slices.Contains([]string{"path", "query", "body"}, f.In) {
				t.Errorf("%s, field %q: %+v, want a type, a place and an effect", c.Name, f.Name, f)
			}
			if f.In == "path" && !strings.Contains(c.Path, "{"+f.Name+"}") {
				t.Errorf("%s, field %q: not in the path %s", c.Name, f.Name, c.Path)
			}
			if strings.HasSuffix(f.Name, "seconds") && f.Unit != "s" {
				t.Errorf("%s, field %q: unit %q, want s", c.Name, f.Name, f.Unit)
			}
		}
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			changes := method != "get" && op.OperationID != "verify" && strings.HasPrefix(path, "/_admin/") && !strings.HasPrefix(path, "/_admin/ui/")
			if c, found := inCatalog[op.OperationID]; found != changes {
				t.Errorf("%s %s changes the simulator: %t; in the catalog: %t", method, path, changes, found)
			} else if found && (c.Path != path || c.Method != strings.ToUpper(method)) {
				t.Errorf("%s is %s %s in the catalog, %s %s in the document", op.OperationID, c.Method, c.Path, method, path)
			}
		}
	}
}
