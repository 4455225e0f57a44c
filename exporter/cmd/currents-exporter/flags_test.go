package main

import (
	"flag"
	"io"
	"testing"

	"github.com/ammeter/ammeter/internal/reference"
)

var update = flag.Bool("update", false, "write FLAGS.md")

// The page of flags and variables is that of the program.
func TestFlags_page(t *testing.T) {
	t.Parallel()
	parser, err := newParser(t.Context(), &invocation{cli: &cli{}}, streams{out: io.Discard, err: io.Discard}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	reference.Check(t, "../../FLAGS.md", *update, parser.Model)
}
