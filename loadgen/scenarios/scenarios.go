// Package scenarios holds the shipped incidents: a page of YAML each. README.md
// describes the language.
package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/ammeter/ammeter/loadgen/scenario"
)

//go:embed *.yaml
var files embed.FS

// Names lists the shipped incidents.
func Names() []string {
	entries, err := fs.Glob(files, "*.yaml")
	if err != nil { // the pattern is a constant
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(path.Base(e), ".yaml")
	}
	return names
}

// Load reads a shipped incident by name.
func Load(name string) (*scenario.Scenario, error) {
	s, err := scenario.Load(files, name+".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%q is not a shipped incident; there are %s", name, strings.Join(Names(), ", "))
	}
	return s, err
}

// Text is the file of a shipped incident.
func Text(name string) ([]byte, error) { return files.ReadFile(name + ".yaml") }
