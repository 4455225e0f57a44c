package config_test

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"github.com/ammeter/ammeter/internal/schema"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/config"
)

var update = flag.Bool("update", false, "write config.schema.json")

const configSchema = "../../config.schema.json"

// TestSchema holds the schema of the configuration file against the type that reads it.
func TestSchema(t *testing.T) { // not parallel: with -update, it writes what the others read
	s := schema.Of(
		t, config.File{}, "json", map[reflect.Type]*jsonschema.Schema{
			reflect.TypeFor[control.Duration]():     {Type: "number"},
			reflect.TypeFor[control.Profile]():      schema.Words(string(control.Published), string(control.Strict), string(control.Starter)),
			reflect.TypeFor[control.Cadence]():      schema.Words(string(control.Once), string(control.Hourly), string(control.Daily)),
			reflect.TypeFor[control.Format]():       schema.Words(string(control.FormatJSON), string(control.FormatHTML), string(control.FormatText)),
			reflect.TypeFor[control.Distribution](): schema.Words(string(control.Fixed), string(control.Uniform), string(control.Normal), string(control.Lognormal)),
		},
		schema.Source{Package: "github.com/ammeter/ammeter/simulator/internal/config", Dir: "../../control"},
		schema.Source{Package: "github.com/ammeter/ammeter/simulator/internal/config", Dir: "."},
	)
	s.Title = "Configuration of amplitude-simulator"
	schema.Hold(t, configSchema, *update, s)
}

func TestSchema_examples(t *testing.T) {
	t.Parallel()
	if err := schema.Validate(t, configSchema, []byte(everything)); err != nil {
		t.Error(err)
	}
	page, err := os.ReadFile("../../CONFIGURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(page), "```yaml\n")
	example, _, _ = strings.Cut(example, "```\n")
	if !found || !strings.HasPrefix(example, "# yaml-language-server: $schema=https://raw.githubusercontent.com/ammeter/ammeter/main/simulator/config.schema.json\n") {
		t.Errorf("the example of CONFIGURE.md does not say where its schema is:\n%s", example)
	}
	if err := schema.Validate(t, configSchema, []byte(example)); err != nil {
		t.Errorf("the example of CONFIGURE.md: %v", err)
	}
}

func TestSchema_refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"listen_admin: b\n", "limits: {events_per_secnd: 1}\n", "keys: [{api_key: a, regoin: eu}]\n", "journal_bytes: many\n",
		"keys: {api_key: a}\n", "limits: {events_per_second: [1]}\n",
	} {
		if schema.Validate(t, configSchema, []byte(text)) == nil {
			t.Errorf("the schema accepts %s", text)
		}
		if _, err := config.Load(written(t, "config.yaml", text)); err == nil {
			t.Errorf("Load accepts %s", text)
		}
	}
}
