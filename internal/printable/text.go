package printable

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns s on one line: line ends and tabs are escaped, too.
func Line(s string) string { return escaped(s, false) }

// Text returns s with its line ends and tabs kept. A carriage return before a line feed
// is dropped.
func Text(s string) string { return escaped(strings.ReplaceAll(s, "\r\n", "\n"), true) }

// Lines returns the last lines of an output, at most so many, each safe to show and not
// much longer than width runes. Empty lines at the end are left out.
func Lines(output []byte, most, width int) []string {
	text := bytes.TrimRight(output, "\r\n \t")
	if len(text) == 0 {
		return nil
	}
	all := bytes.Split(text, []byte("\n"))
	if len(all) > most {
		all = all[len(all)-most:]
	}
	lines := make([]string, 0, len(all))
	for _, l := range all {
		lines = append(lines, Cut(strings.ReplaceAll(string(bytes.TrimRight(l, "\r")), "\t", "    "), width))
	}
	return lines
}

// Cut returns the first width runes of s on one line, as Line does.
func Cut(s string, width int) string {
	if r := []rune(s); len(s) > width && len(r) > width {
		return Line(string(r[:width])) + " ..."
	}
	return Line(s)
}

func escaped(s string, multiline bool) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !shown(r, multiline) }) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if r != utf8.RuneError || size > 1 {
			writeRune(&b, r, multiline)
		} else {
			const hex = "0123456789abcdef"
			b.WriteString(`\x` + string([]byte{hex[s[0]>>4], hex[s[0]&0xf]})) // a byte that is not UTF-8
		}
		s = s[size:]
	}
	return b.String()
}

func writeRune(b *strings.Builder, r rune, multiline bool) {
	if shown(r, multiline) {
		b.WriteRune(r)
		return
	}
	b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
}

// shown reports whether a rune is written as it is. unicode.IsPrint leaves out control
// and format characters, among them those that change the direction of text.
func shown(r rune, multiline bool) bool {
	return unicode.IsPrint(r) || multiline && (r == '\n' || r == '\t')
}
