package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// pseudonyms gives strings that the suite did not post another name. The name
// depends on a secret that is in no report, or an id could be found by trying.
type pseudonyms struct {
	secret []byte
	known  map[string]bool
	given  map[string]string
}

// constant are strings that say nothing of anybody.
var constant = map[string]bool{"": true, "Braze": true}

func (p pseudonyms) of(s string) string {
	if p.known[s] || constant[s] || strings.HasPrefix(s, Prefix) {
		return s
	}
	if name, ok := p.given[s]; ok {
		return name
	}
	const length = 12
	h := hmac.New(sha256.New, p.secret)
	h.Write([]byte(s))
	p.given[s] = Prefix + hex.EncodeToString(h.Sum(nil))[:length]
	return p.given[s]
}

// Prefix begins every pseudonym. In the output of an exporter it stands where a string
// of an event was.
const Prefix = "pseudonym-"

// sorted returns the strings with a pseudonym, longer ones first, so that one that
// contains another is replaced whole.
func (p pseudonyms) sorted() []string {
	return slices.SortedFunc(maps.Keys(p.given), func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
}
