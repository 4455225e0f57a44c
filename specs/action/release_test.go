package action_test

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// A release has the archives that install.sh fetches, with the five programs and without
// the exporter that has defects.
func TestRelease_isWhatInstallFetches(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var release struct {
		Builds   []struct{ Main string }
		Archives []struct {
			Formats []string
			Name    string `yaml:"name_template"`
		}
	}
	if err := yaml.UnmarshalWithOptions(text, &release, yaml.AllowDuplicateMapKey()); err != nil {
		t.Fatal(err)
	}
	if len(release.Builds) != 5 || strings.Contains(string(text), "mutant") {
		t.Errorf("%d builds, want the five programs and no mutant", len(release.Builds))
	}
	const name = "{{ .ProjectName }}_{{ .Version }}_{{ .Os }}_{{ .Arch }}"
	if a := release.Archives[0]; a.Name != name || len(a.Formats) != 1 || a.Formats[0] != "tar.gz" {
		t.Errorf("archives %+v, want %s.tar.gz", a, name)
	}
}
