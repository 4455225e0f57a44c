package schema

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

// Hold fails a test if a file is not the schema. With update it writes the file first.
func Hold(tb testing.TB, file string, update bool, s *jsonschema.Schema) {
	tb.Helper()
	want, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	want = append(want, '\n')
	if update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	stored, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(string(stored), string(want)); diff != "" {
		tb.Errorf("%s (- stored, + of the types; -update writes it):\n%s", file, diff)
	}
}

// Validate returns what a stored schema says against a YAML document.
func Validate(tb testing.TB, file string, document []byte) error {
	tb.Helper()
	compiled, err := validator.NewCompiler().Compile(file)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := yaml.YAMLToJSON(document)
	if err != nil {
		tb.Fatal(err)
	}
	value, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return compiled.Validate(value)
}
