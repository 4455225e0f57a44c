package printable

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
)

// JSON returns a writer of JSON that a person may look at: encoding/json writes a bidi
// override or a control character such as U+009B as it is. They are escaped as JSON escapes
// them, which changes no value. Each write holds whole characters, as an Encoder's does.
func JSON(w io.Writer) io.Writer { return jsonWriter{w} }

type jsonWriter struct{ to io.Writer }

// Write writes p, escaped. It reports that all of p was written, or nothing.
func (w jsonWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.to, escapedJSON(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func escapedJSON(text string) string {
	isHidden := func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }
	if strings.IndexFunc(text, isHidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !isHidden(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			writeUnit(&b, unit)
		}
	}
	return b.String()
}

// writeUnit writes a unit of UTF-16 as JSON escapes it.
func writeUnit(b *strings.Builder, unit uint16) {
	const hex = "0123456789abcdef"
	b.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(hex[unit>>shift&0xf])
	}
}
