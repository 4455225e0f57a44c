package main

import (
	"flag"
	"io"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/internal/reference"
)

var update = flag.Bool("update", false, "write FLAGS.md")

// The page of flags and variables is that of the program.
func TestFlags_page(t *testing.T) {
	t.Parallel()
	var apps []*kong.Application
	for _, c := range commands() {
		parser, err := c.parser(streams{out: io.Discard, err: io.Discard}, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		apps = append(apps, parser.Model)
	}
	reference.Check(t, "../../FLAGS.md", *update, apps...)
}
