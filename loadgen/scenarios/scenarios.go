// Package scenarios holds the shipped scenarios: a page of YAML each. README.md
// describes the language.
package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/ammeter/ammeter/internal/nearest"
)

//go:embed *.yaml
var files embed.FS

// Names lists the shipped scenarios.
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

// Text is the file of a shipped scenario.
func Text(name string) ([]byte, error) {
	text, err := files.ReadFile(name + ".yaml")
	if err == nil {
		return text, nil
	}
	if near := nearest.Names(name, Names(), 1); len(near) == 1 {
		return nil, fmt.Errorf("%q is not a shipped scenario; did you mean %s?", name, near[0])
	}
	return nil, fmt.Errorf("%q is neither a shipped scenario nor a file that ends in .yaml; shipped are %s", name, strings.Join(Names(), ", "))
}
