package main

import (
	"flag"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/internal/reference"
)

var update = flag.Bool("update", false, "write FLAGS.md")

// The page of flags and variables is that of the program.
func TestFlags_page(t *testing.T) {
	t.Parallel()
	parser, err := newParser(t.Context(), streams{out: io.Discard, err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	const file = "../../FLAGS.md"
	page := reference.Page(parser.Model)
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(stored), page); diff != "" {
		t.Errorf("FLAGS.md (- stored, + of the program; -update writes it):\n%s", diff)
	}
}
