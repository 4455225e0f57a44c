package feed

import (
	"bytes"

	"github.com/ammeter/ammeter/fixtures"
)

// NDJSON writes the flat storage record of each case, with its event_type, on a
// line of its own.
func NDJSON(cases []fixtures.Case) []byte {
	var text bytes.Buffer
	for _, c := range cases {
		text.Write(c.Storage())
		text.WriteByte('\n')
	}
	return text.Bytes()
}
