package specs_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/ammeter/ammeter/internal/schema"
	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/specs/requirement"
)

const subjectSchema = "subject.schema.json"

// TestSchema holds the schema of a subject.yaml against the type that reads one.
func TestSchema(t *testing.T) { // not parallel: with -update, it writes what the others read
	s := schema.Of(t, subject.Definition{}, "yaml",
		map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[subject.Duration](): schema.Duration("")},
		schema.Source{Package: "github.com/ammeter/ammeter/specs", Dir: "../internal/subject"})
	s.Title = "An exporter under test, for conformance and loadgen"
	s.Required = []string{"name"}
	s.OneOf = []*jsonschema.Schema{{Required: []string{"command"}}, {Required: []string{"image"}}, {Required: []string{"url", "api_key"}}}
	capabilities, _ := s.Properties.Get("capabilities")
	capabilities.Items = schema.Words(append(requirement.Capabilities(), requirement.Inputs()...)...)
	network, _ := s.Properties.Get("network")
	network.Enum = schema.Words(subject.HostNetwork, subject.BridgeNetwork).Enum
	schema.Hold(t, subjectSchema, *update, s)
}

// Each example is valid, and says where its schema is.
func TestSchema_examples(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob("subjects/*.yaml")
	if err != nil || len(examples) < 8 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, file := range append(examples, "../loadgen/internal/runner/currents-exporter.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(t, subjectSchema, text); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		_, named, _ := strings.Cut(string(text), "# yaml-language-server: $schema=")
		named, _, _ = strings.Cut(named, "\n")
		if _, err := os.Stat(filepath.Join(filepath.Dir(file), named)); named == "" || err != nil {
			t.Errorf("%s names the schema %q: %v", file, named, err)
		}
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(readme), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if err := schema.Validate(t, subjectSchema, []byte(example)); err != nil || !found {
		t.Errorf("the example of README.md: %v", err)
	}
}

// What the program refuses, the schema refuses.
func TestSchema_refuses(t *testing.T) {
	t.Parallel()
	const head = "name: x\ncommand: x\n"
	if err := schema.Validate(t, subjectSchema, []byte(head)); err != nil {
		t.Errorf("the schema refuses\n%s%v", head, err)
	}
	for _, text := range []string{
		"command: x\n", "name: x\n", head + "image: y\n", "name: x\nurl: http://127.0.0.1:1\n", head + "features: []\n",
		head + "capabilities: [flying]\n", head + "timings: {throttle_pause: 1 second}\n", head + "args: serve\n",
		"name: x\nimage: y\nnetwork: none\n",
	} {
		if schema.Validate(t, subjectSchema, []byte(text)) == nil {
			t.Errorf("the schema accepts\n%s", text)
		}
		if _, err := subject.Parse(strings.NewReader(text), append(requirement.Capabilities(), requirement.Inputs()...)); err == nil {
			t.Errorf("Parse accepts\n%s", text)
		}
	}
}
