package calibrate

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// matcher holds the answers of a probe against expectations.
type matcher struct {
	answers []*answer
	names   *strings.Replacer
	texts   bool // whether the texts of errors count
}

// all reports whether all expectations hold.
func (m *matcher) all(list []probe.Expect) bool {
	return !slices.ContainsFunc(list, func(e probe.Expect) bool { return !m.holds(e) })
}

// holds reports whether an expectation holds.
func (m *matcher) holds(e probe.Expect) bool {
	a := m.answers[e.Answer]
	want := strings.NewReplacer("$RAWBYTES", strconv.Itoa(a.raw), "$SENTBYTES", strconv.Itoa(a.sent)).Replace(e.Value)
	value, there := a.member(m.path(e.Name))
	switch e.About {
	case probe.Status:
		// Some clients go by the code of the body, others by the status.
		code, has := a.number("code")
		return strconv.Itoa(a.status) == want && (!has || code == a.status)
	case probe.Media:
		return a.media() == want
	case probe.FullType:
		return unspaced(a.header.Get("Content-Type")) == unspaced(want)
	case probe.Has:
		return there
	case probe.Lacks:
		return a.json && !there
	case probe.Is:
		text, err := json.Marshal(value)
		return there && err == nil && string(text) == want
	case probe.Lists:
		list, _ := value.([]any)
		return slices.ContainsFunc(list, func(el any) bool {
			n, ok := el.(json.Number)
			return ok && n.String() == want
		})
	case probe.Maps:
		return a.json && strconv.Itoa(a.eventMaps()) == want
	case probe.Header:
		return a.header.Get(e.Name) != ""
	case probe.NoHeader:
		return a.header.Get(e.Name) == ""
	case probe.Text:
		return string(bytes.TrimSpace(a.body)) == want
	case probe.Newline:
		return bytes.HasSuffix(a.body, []byte("\n"))
	case probe.NoNewline:
		return !bytes.HasSuffix(a.body, []byte("\n"))
	case probe.Accepted:
		least, _ := strconv.Atoi(e.Name)
		most, _ := strconv.Atoi(want)
		return a.accepted > least && a.accepted <= most
	case probe.ErrorPrefix:
		return strings.HasPrefix(a.errorText(), want)
	case probe.ErrorText:
		return !m.texts || !a.json || a.errorText() == want
	}
	panic("calibrate: no expectation is about " + string(e.About))
}

// path are the names of a member's path. Ids take the place of placeholders after the path
// has been taken apart, because they may have dots.
func (m *matcher) path(name string) []string {
	parts := strings.Split(name, ".")
	for i := range parts {
		parts[i] = m.names.Replace(parts[i])
	}
	return parts
}

// eventMaps is the number of maps that name events.
func (a *answer) eventMaps() int {
	object, _ := a.members.(map[string]any)
	n := 0
	for name := range object {
		if strings.HasPrefix(name, "events_with_") {
			n++
		}
	}
	return n
}

func unspaced(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
