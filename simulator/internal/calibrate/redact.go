package calibrate

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/ammeter/ammeter/internal/printable"
)

// redactor takes out of texts what must not be in a file that people pass on, and counts it.
type redactor struct {
	known   []known
	masked  map[string]int
	unknown []pattern
}

type known struct{ text, kind string }

type pattern struct {
	re   *regexp.Regexp
	kind string
}

// patterns are what a page of a proxy may tell of those who stand behind it.
var patterns = []pattern{
	{regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.-]+`), "mail address"},
	{regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b`), "IP address"},
	{regexp.MustCompile(`\b[0-9A-Fa-f]{0,4}(:[0-9A-Fa-f]{0,4}){3,7}\b`), "IP address"},
	{regexp.MustCompile(`\b[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`), "id"},
	{regexp.MustCompile(`\b[0-9a-fA-F]{16,}\b`), "id"},
	{regexp.MustCompile(`\b([a-zA-Z0-9-]+\.)+(com|net|org|io|eu|dev|local|internal|corp|lan)\b`), "host"},
}

func newRedactor(c *Config) *redactor {
	r := &redactor{masked: map[string]int{}, unknown: patterns}
	for kind, all := range c.secrets() {
		for _, s := range all {
			r.add(s, kind)
		}
	}
	for _, base := range []string{c.URL, c.OtherRegionURL, c.BrazeURL} {
		if u, err := url.Parse(base); err == nil {
			r.add(u.Host, "host")
			r.add(u.Hostname(), "host")
		}
	}
	r.add(c.Device(), "device")
	r.add("ammeter-user-"+c.Run, "user")
	r.add(c.Run, "run")
	return r
}

// add masks a text from now on. Escapes of URLs and JSON are other spellings of it.
func (r *redactor) add(text, kind string) {
	if text == "" {
		return
	}
	for _, spelled := range []string{text, url.QueryEscape(text), url.PathEscape(text)} {
		if len(r.known) == 0 || r.known[len(r.known)-1].text != spelled {
			r.known = append(r.known, known{spelled, kind})
		}
	}
}

// longestText is the longest text that is kept, in characters.
const longestText = 300

// text is a text without secrets, ids and hosts, on one line and not longer than is kept.
func (r *redactor) text(s string) string {
	for _, k := range r.known {
		if n := strings.Count(s, k.text); n > 0 {
			r.masked[k.kind] += n
			s = strings.ReplaceAll(s, k.text, "["+k.kind+"]")
		}
	}
	for _, p := range r.unknown {
		s = p.re.ReplaceAllStringFunc(s, func(string) string {
			r.masked[p.kind]++
			return "[" + p.kind + "]"
		})
	}
	if s = printable.Line(strings.TrimSpace(s)); utf8.RuneCountInString(s) > longestText {
		s = string([]rune(s)[:longestText]) + " ..."
	}
	return s
}
