package mutant

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// reading are defects of reading posts that are malformed, or that parsers read differently.
var reading = []Mutant{
	{
		Name: "empty-post-acknowledged", Defect: "answers 200 to a post without a body",
		post: losing(func(p posted) bool { return len(p.body) == 0 }),
	},
	{
		Name: "cut-post-acknowledged", Defect: "answers 200 to a post that ends in the middle, and takes nothing of it",
		post: losing(func(p posted) bool { return bytes.HasPrefix(p.body, []byte(`{"events":`)) && !json.Valid(p.body) }),
	},
	{
		Name: "odd-text-costs-the-event", Defect: "drops an event with text that is not whole UTF-8 or UTF-16",
		post: dropping(isOddText),
	},
	{
		Name: "member-twice-costs-the-event", Defect: "drops an event with two members of one name",
		post: dropping(hasMemberTwice),
	},
	{
		Name: "prints-odd-text", Defect: "prints events with text that is not whole UTF-8 or UTF-16",
		post: posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
			for _, e := range p.events {
				if isOddText(e) {
					g.cfg.Logger.Error("bad text", "event", string(e))
				}
			}
			repost(next, w, r, p.body)
		}),
	},
}

// dropping leaves events out of a post, and the rest as it is, byte by byte.
func dropping(bad func(json.RawMessage) bool) func(*harness, http.Handler) http.Handler {
	return posts(func(_ *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
		var kept [][]byte
		for _, e := range p.events {
			if !bad(e) {
				kept = append(kept, e)
			}
		}
		switch {
		case len(kept) == len(p.events): // or it cannot be read
			repost(next, w, r, p.body)
		case len(kept) == 0:
			swallow(w)
		default:
			repost(next, w, r, append(append([]byte(`{"events":[`), bytes.Join(kept, []byte(","))...), "]}"...))
		}
	})
}

// surrogate matches a pair of escapes of UTF-16, or half of one.
var surrogate = regexp.MustCompile(`(?i)\\u(d[89ab][0-9a-f]{2}(\\ud[c-f][0-9a-f]{2})?|d[c-f][0-9a-f]{2})`)

// isOddText reports whether an event has bytes that are not UTF-8, or half of a pair.
func isOddText(event json.RawMessage) bool {
	const half = len(`\ud83d`)
	for _, found := range surrogate.FindAll(event, -1) {
		if len(found) == half {
			return true
		}
	}
	return !utf8.Valid(event)
}

// hasMemberTwice reports whether an event, or an object in it, has two members of one name.
func hasMemberTwice(event json.RawMessage) bool {
	unique := jsontext.Value(event).IsValid(jsontext.AllowInvalidUTF8(true))
	return !unique && jsontext.Value(event).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}
