package main

import (
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/internal/reference"
	"github.com/ammeter/ammeter/simulator/internal/openapi"
)

var update = flag.Bool("update", false, "write FLAGS.md")

// The page of flags and variables is that of the program.
func TestFlags_page(t *testing.T) {
	t.Parallel()
	parser, err := newParser(t.Context(), &commands{}, streams{io.Discard, io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	reference.Check(t, "../../FLAGS.md", *update, parser.Model)
}

// The flags of limits are the fields of the control that sets limits, with the same help.
func TestFlags_catalog(t *testing.T) {
	t.Parallel()
	parser, err := newParser(t.Context(), &commands{}, streams{io.Discard, io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	help := map[string]string{}
	for _, command := range parser.Model.Leaves(false) {
		for _, group := range command.AllFlags(false) {
			for _, f := range group {
				help[strings.ReplaceAll(f.Name, "-", "_")] = f.Help
			}
		}
	}
	compared := 0
	for _, c := range openapi.Catalog() {
		if c.Name != "setLimits" {
			continue
		}
		for _, f := range c.Fields {
			if f.In == "body" && f.Name != "users" { // whose flag is --only-devices
				compared++
				if help[f.Name] != f.Effect {
					t.Errorf("%s: the flag says %q, the catalog %q", f.Name, help[f.Name], f.Effect)
				}
			}
		}
	}
	if compared != 8 {
		t.Errorf("%d flags were compared, want 8", compared)
	}
}
