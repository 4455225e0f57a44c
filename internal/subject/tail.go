package subject

import (
	"strings"

	"github.com/ammeter/ammeter/internal/printable"
)

// Tail returns the end of an output on one line, for an error text, without the secret.
func Tail(output []byte, secret string) string {
	const lines, width = 3, 200
	s := strings.Join(printable.Lines(output, lines, width), " | ")
	if secret != "" {
		s = strings.ReplaceAll(s, secret, "***")
	}
	if s == "" {
		return "nothing"
	}
	return s
}
