// Command conformance judges an exporter of Braze Currents events to Amplitude.
package main

import (
	"context"
	"os"

	"golang.org/x/term"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], streams{
		out: os.Stdout, err: os.Stderr,
		width: width(os.Stdout), interactive: term.IsTerminal(int(os.Stderr.Fd())),
		summary: os.Getenv("GITHUB_STEP_SUMMARY"),
	}))
}

// width is the width of a terminal, 0 for everything else.
func width(f *os.File) int {
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}
