package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/invopop/jsonschema"

	"github.com/ammeter/ammeter/internal/schema"
)

const connectorSchema = "../../connector.schema.json"

// TestSchema holds the schema of the file of --config against the flags, which are its keys.
func TestSchema(t *testing.T) { // not parallel: with -update, it writes what the others read
	parser, err := newParser(t.Context(), &invocation{cli: &cli{}}, streams{out: io.Discard, err: io.Discard}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	s := &jsonschema.Schema{
		Version: jsonschema.Version, Title: "Configuration of currents-exporter", Type: "object",
		Properties: jsonschema.NewProperties(), AdditionalProperties: jsonschema.FalseSchema,
	}
	file := configFile{app: parser.Model}
	for _, command := range parser.Model.Leaves(true) {
		for _, group := range command.AllFlags(true) {
			for _, flag := range group {
				key := keyOf(flag)
				if _, present := s.Properties.Get(key); !present && file.flags()[key] != nil {
					s.Properties.Set(key, valueSchema(t, flag))
				}
			}
		}
	}
	schema.Hold(t, connectorSchema, *update, s)
}

// valueSchema is the schema of a flag's value in the file.
func valueSchema(t *testing.T, flag *kong.Flag) *jsonschema.Schema {
	t.Helper()
	kind := flag.Target.Type()
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	s := &jsonschema.Schema{}
	switch {
	case flag.Enum != "":
		s = schema.Words(strings.Split(flag.Enum, ",")...)
	case kind == reflect.TypeFor[time.Duration]():
		s = schema.Duration("")
	case kind.Kind() == reflect.Bool:
		s.Type = "boolean"
	case kind.PkgPath() != "" && kind.Kind() != reflect.String: // a size: 8MiB, or a number of bytes
		s.AnyOf = []*jsonschema.Schema{{Type: "string"}, {Type: "integer"}}
	case kind.Kind() == reflect.Int, kind.Kind() == reflect.Int64:
		s.Type = "integer"
	case kind.Kind() == reflect.Float64:
		s.Type = "number"
	case kind.Kind() == reflect.Slice: // or one text with commas
		s.AnyOf = []*jsonschema.Schema{{Type: "array", Items: &jsonschema.Schema{Type: "string"}}, {Type: "string"}}
	default:
		s.Type = "string"
	}
	s.Description = flag.Help
	return s
}

func TestSchema_examples(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(readme), "```yaml\n")
	example, _, _ = strings.Cut(example, "```\n")
	if !found || !strings.HasPrefix(example, "# yaml-language-server: $schema=https://raw.githubusercontent.com/ammeter/ammeter/main/exporter/connector.schema.json\n") {
		t.Errorf("the example of README.md does not say where its schema is:\n%s", example)
	}
	if err := schema.Validate(t, connectorSchema, []byte(example)); err != nil {
		t.Errorf("the example of README.md: %v", err)
	}
}

// What the program refuses, the schema refuses.
func TestSchema_refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"regoin: eu\n", "region: asia\n", "throttle_pause: soon\n", "events: {a: b}\n", "min_id_length: many\n", "reveal_ids: perhaps\n"} {
		if schema.Validate(t, connectorSchema, []byte(text)) == nil {
			t.Errorf("the schema accepts %s", text)
		}
		path := filepath.Join(t.TempDir(), "connector.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := run(t.Context(), []string{"validate", "--config", path}, streams{out: io.Discard, err: io.Discard, log: io.Discard}); code == exitSettled {
			t.Errorf("validate accepts %s", text)
		}
	}
}
