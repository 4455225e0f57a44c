package scenario_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/loadgen/pace"
	shipped "github.com/ammeter/ammeter/loadgen/scenarios"
)

func schema(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document(tb)); err != nil {
		tb.Fatal(err)
	}
	s, err := compiler.Compile("schema.json")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func document(tb testing.TB) any {
	tb.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(scenario.Schema()))
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

// asJSON is a scenario as a schema sees it.
func asJSON(tb testing.TB, text []byte) any {
	tb.Helper()
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		tb.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(converted))
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func TestSchema_shippedScenarios(t *testing.T) {
	t.Parallel()
	s := schema(t)
	names := shipped.Names()
	if len(names) != 11 {
		t.Errorf("%d shipped scenarios, want 11", len(names))
	}
	for _, name := range names {
		text, err := shipped.Text(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The page of documentation shows everything there is, so it is an example of
// both, but for combinations that make no sense.
func TestSchema_documentation(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../scenarios/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "```yaml\n")
	text, _, _ := strings.Cut(rest, "```")
	if err := schema(t).Validate(asJSON(t, []byte(text))); err != nil {
		t.Error(err)
	}
	text = strings.Replace(text, "mistakes:", "#", 1) // needs target amplitude
	if _, err := scenario.Parse("test.yaml", []byte(text)); err != nil {
		t.Error(err)
	}
}

func TestSchema_refuses(t *testing.T) {
	t.Parallel()
	s := schema(t)
	for _, text := range []string{
		"phases: [{for: 1s, rate: 1}]\nshade: red\n",
		"phases: [{for: 1s, rate: 1, speed: 2}]\n",
		"phases: []\n",
		"phases: [{for: 1s, rate: 1, ramp: {from: 1, to: 2}}]\n",
		"phases: [{for: 1s, sine: {mean: 1, period: 1s}, burst: {peak: 1, every: 2s, length: 1s}}]\n",
		"phases: [{for: 1 second}]\n",
		"phases: [{for: 1s}]\nduplicates: 2\n",
		"phases: [{for: 1s}]\ntarget: kafka\n",
		"phases: [{for: 1s}]\nactions: [{at: 1s, expire_key: true, renew_key: true}]\n",
		"phases: [{for: 1s}]\nactions: [{at: 1s, fault: {every: 2}}]\n",
		"phases: [{for: 1s}]\ndevices: {hot: [{count: 1}]}\n",
	} {
		if s.Validate(asJSON(t, []byte(head+text))) == nil {
			t.Errorf("the schema accepts\n%s", text)
		}
		if _, err := scenario.Parse("test.yaml", []byte(head+text)); err == nil {
			t.Errorf("Parse accepts\n%s", text)
		}
	}
}

// The schema and the types have the same members.
func TestSchema_members(t *testing.T) {
	t.Parallel()
	var doc struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Defs       map[string]struct {
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(scenario.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	check := func(name string, properties map[string]json.RawMessage, of any) {
		t.Helper()
		var want, got []string
		typ := reflect.TypeOf(of)
		for field := range typ.Fields() {
			if name := field.Tag.Get("yaml"); name != "-" {
				want = append(want, name)
			}
		}
		for member := range properties {
			got = append(got, member)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("members of %s (- type, + schema):\n%s", name, diff)
		}
	}
	part := func(object json.RawMessage) map[string]json.RawMessage {
		var of struct {
			Properties map[string]json.RawMessage `json:"properties"`
		}
		if err := json.Unmarshal(object, &of); err != nil {
			t.Fatal(err)
		}
		return of.Properties
	}
	inside := func(member string) map[string]json.RawMessage { return part(doc.Properties[member]) }
	check("scenario", doc.Properties, scenario.Scenario{})
	check("simulator", inside("simulator"), scenario.Simulator{})
	check("exporter", inside("exporter"), scenario.Exporter{})
	check("devices", inside("devices"), scenario.Devices{})
	check("ids", inside("ids"), scenario.IDs{})
	check("late", inside("late"), scenario.Late{})
	check("mistakes", inside("mistakes"), scenario.Mistakes{})
	check("phase", doc.Defs["phase"].Properties, scenario.Phase{})
	for member, of := range map[string]any{"ramp": pace.Ramp{}, "sine": pace.Sine{}, "burst": pace.Burst{}} {
		check(member, part(doc.Defs["phase"].Properties[member]), of)
	}
	check("rotate_key", part(doc.Defs["action"].Properties["rotate_key"]), scenario.Rotation{})
	check("hot", doc.Defs["hot"].Properties, scenario.Hot{})
	check("limits", doc.Defs["limits"].Properties, scenario.Limits{})
	check("action", doc.Defs["action"].Properties, scenario.Action{})
	check("fault", doc.Defs["fault"].Properties, scenario.Fault{})
}
