package main

import (
	"fmt"
	"io"
)

// progress keeps one line of a terminal up to date.
type progress struct {
	out   io.Writer
	shown bool
}

const clearLine = "\r\x1b[K"

func (p progress) line(done, total int, id string) {
	if p.shown {
		fmt.Fprintf(p.out, "%s[%d/%d] %s", clearLine, done+1, total, id)
	}
}

func (p progress) clear() {
	if p.shown {
		fmt.Fprint(p.out, clearLine)
	}
}
