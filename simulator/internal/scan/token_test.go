package scan

import (
	"bytes"
	"testing"
)

// Words of eight bytes are read at once: every byte at every place of a word, and at every
// distance from the end of the text, must end digits and plain text as a loop over bytes does.
func TestEveryByteEndsATokenAtEveryPlace(t *testing.T) {
	for length := range 20 {
		for after := range 12 {
			for c := range 256 {
				digits := append(bytes.Repeat([]byte{'7'}, length), byte(c))
				digits = append(digits, bytes.Repeat([]byte{0xFF}, after)...)
				if got, want := skipDigits(digits, 0), slowDigits(digits); got != want {
					t.Fatalf("skipDigits(%q) = %d, want %d", digits, got, want)
				}
				text := append(bytes.Repeat([]byte{'~'}, length), byte(c))
				text = append(text, bytes.Repeat([]byte{'a'}, after)...)
				if got, most := skipPlain(text, 0), slowPlain(text); got > most || got < most && got <= len(text)-8 {
					t.Fatalf("skipPlain(%q) = %d, want %d, or less near the end", text, got, most)
				}
			}
		}
	}
}

func slowDigits(b []byte) int {
	for i, c := range b {
		if c < '0' || c > '9' {
			if i == 0 {
				return bad
			}
			return i
		}
	}
	return len(b)
}

func slowPlain(b []byte) int {
	for i, c := range b {
		if c == '"' || c == '\\' || c < ' ' || c >= 0x80 {
			return i
		}
	}
	return len(b)
}
