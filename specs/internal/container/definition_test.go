package container

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/internal/subject"
)

func TestOf(t *testing.T) {
	t.Parallel()
	got, err := subject.Parse(strings.NewReader(`
name: x
image: some/exporter:1
network: bridge
args: [serve]
env: {MODE: test}
inputs: {avro_dir: [export, $CURRENTS_DIR]}
capabilities: [custom_http, avro_dir]
`), []string{"custom_http", "avro_dir"})
	if err != nil {
		t.Fatal(err)
	}
	want := Container{
		Image: "some/exporter:1", Network: subject.BridgeNetwork, Args: []string{"serve"}, Env: map[string]string{"MODE": "test"},
		Inputs: map[string][]string{"avro_dir": {"export", "$CURRENTS_DIR"}},
	}
	if diff := cmp.Diff(want, Of(got)); diff != "" {
		t.Errorf("subject (-want +got):\n%s", diff)
	}
}
