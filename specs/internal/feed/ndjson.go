package feed

import (
	"bytes"

	"github.com/ammeter/ammeter/fixtures"
)

// BadByte in a case stands for a byte that is not UTF-8, which no JSON text can hold.
const BadByte = "\x7f"

// WithBadBytes returns a text with the bad bytes in it.
func WithBadBytes(text []byte) []byte { return bytes.ReplaceAll(text, []byte(BadByte), []byte{0xff}) }

// NDJSON writes the flat storage record of each case, with its event_type, on a
// line of its own.
func NDJSON(cases []fixtures.Case) []byte {
	var text bytes.Buffer
	for _, c := range cases {
		text.Write(c.Storage())
		text.WriteByte('\n')
	}
	return WithBadBytes(text.Bytes())
}
