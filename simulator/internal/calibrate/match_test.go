package calibrate

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// TestHolds holds one answer against expectations of every kind, true ones and false ones.
func TestHolds(t *testing.T) {
	t.Parallel()
	a := parse(429, http.Header{"Content-Type": {"Application/JSON; charset=utf-8"}, "Retry-After": {"30"}},
		[]byte(`{"code":429,"error":"Too many","events_with_missing_fields":{"user_id":[0,2]},"throttled_devices":{"dev.1":31},"none":null}`+"\n"))
	a.raw, a.sent, a.accepted = 120, 80, 1000
	odd := parse(200, http.Header{"Content-Type": {"text/html"}}, []byte(` success `))
	lying := parse(200, http.Header{}, []byte(`{"code":400}`))
	m := &matcher{answers: []*answer{a, odd, lying}, names: strings.NewReplacer("$OWN", "dev.1"), texts: true}
	for _, c := range []struct {
		want   bool
		expect probe.Expect
	}{
		{true, probe.Expect{About: probe.Status, Value: "429"}},
		{false, probe.Expect{About: probe.Status, Value: "200"}},
		{false, probe.Expect{Answer: 2, About: probe.Status, Value: "200"}}, // the code of its body says otherwise
		{true, probe.Expect{About: probe.Media, Value: "application/json"}},
		{false, probe.Expect{Answer: 1, About: probe.Media, Value: "application/json"}},
		{true, probe.Expect{About: probe.FullType, Value: "application/json;charset=utf-8"}},
		{false, probe.Expect{About: probe.FullType, Value: "application/json"}},
		{true, probe.Expect{About: probe.Has, Name: "throttled_devices.$OWN"}},
		{true, probe.Expect{About: probe.Has, Name: "none"}},
		{false, probe.Expect{About: probe.Has, Name: "throttled_devices.dev"}},
		{false, probe.Expect{About: probe.Has, Name: "code.x"}},
		{true, probe.Expect{About: probe.Lacks, Name: "throttled_users"}},
		{false, probe.Expect{About: probe.Lacks, Name: "code"}},
		{false, probe.Expect{Answer: 1, About: probe.Lacks, Name: "code"}}, // no JSON at all
		{true, probe.Expect{About: probe.Is, Name: "throttled_devices.$OWN", Value: "31"}},
		{true, probe.Expect{About: probe.Is, Name: "events_with_missing_fields.user_id", Value: "[0,2]"}},
		{false, probe.Expect{About: probe.Is, Name: "events_with_missing_fields.user_id", Value: "[0]"}},
		{false, probe.Expect{About: probe.Is, Name: "missing_field", Value: "null"}},
		{true, probe.Expect{About: probe.Lists, Name: "events_with_missing_fields.user_id", Value: "2"}},
		{false, probe.Expect{About: probe.Lists, Name: "events_with_missing_fields.user_id", Value: "1"}},
		{false, probe.Expect{About: probe.Lists, Name: "code", Value: "429"}},
		{true, probe.Expect{About: probe.Maps, Value: "1"}},
		{false, probe.Expect{Answer: 1, About: probe.Maps, Value: "0"}},
		{true, probe.Expect{About: probe.Header, Name: "retry-after"}},
		{false, probe.Expect{Answer: 1, About: probe.Header, Name: "Retry-After"}},
		{true, probe.Expect{Answer: 1, About: probe.NoHeader, Name: "Retry-After"}},
		{false, probe.Expect{About: probe.NoHeader, Name: "Retry-After"}},
		{true, probe.Expect{Answer: 1, About: probe.Text, Value: "success"}},
		{false, probe.Expect{Answer: 1, About: probe.Text, Value: ""}},
		{true, probe.Expect{About: probe.Newline}},
		{false, probe.Expect{Answer: 1, About: probe.Newline}},
		{true, probe.Expect{Answer: 1, About: probe.NoNewline}},
		{false, probe.Expect{About: probe.NoNewline}},
		{true, probe.Expect{About: probe.Accepted, Name: "999", Value: "1000"}},
		{false, probe.Expect{About: probe.Accepted, Name: "1000", Value: "2000"}},
		{false, probe.Expect{About: probe.Accepted, Name: "0", Value: "999"}},
		{true, probe.Expect{About: probe.ErrorPrefix, Value: "Too"}},
		{false, probe.Expect{Answer: 1, About: probe.ErrorPrefix, Value: "succ"}},
		{true, probe.Expect{About: probe.ErrorText, Value: "Too many"}},
		{false, probe.Expect{About: probe.ErrorText, Value: "Too"}},
		{false, probe.Expect{About: probe.Is, Name: "code", Value: "$RAWBYTES"}},
	} {
		if got := m.holds(c.expect); got != c.want {
			t.Errorf("%+v: %v, want %v", c.expect, got, c.want)
		}
	}
	m.texts = false
	if !m.holds(probe.Expect{About: probe.ErrorText, Value: "anything"}) {
		t.Error("the text of an error was compared without being asked for")
	}
}
