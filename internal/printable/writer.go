package printable

import (
	"io"
	"slices"
	"unicode/utf8"
)

// Writer returns a writer that passes on text as Text returns it. A character may come
// in two writes; one that is not complete is held back until the next write.
func Writer(w io.Writer) io.Writer { return &writer{to: w} }

type writer struct {
	to   io.Writer
	held []byte // the beginning of a character
}

// Write writes p, escaped. It reports that all of p was written, or nothing.
func (w *writer) Write(p []byte) (int, error) {
	text := slices.Concat(w.held, p)
	whole := len(text) - unfinished(text)
	if _, err := io.WriteString(w.to, Text(string(text[:whole]))); err != nil {
		return 0, err
	}
	w.held = text[whole:]
	return len(p), nil
}

// unfinished is how many bytes at the end are the beginning of a character.
func unfinished(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(text[len(text)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
