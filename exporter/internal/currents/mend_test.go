package currents

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

func TestMend(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, text, want string
		replaced         bool
	}{
		{"strict", `{"a":[1,"x",null,{"b":true}]}`, `{"a":[1,"x",null,{"b":true}]}`, false},
		{"half a surrogate pair", `"a\ud83db"`, "\"a\ufffdb\"", true},
		{"the halves the wrong way round", `"\ude00\ud83d"`, "\"\ufffd\ufffd\"", true},
		{"a whole pair stays as it is written", `"\ud83d\ude00\ufffd"`, `"\ud83d\ude00\ufffd"`, false},
		{"not UTF-8", "\"a\xff\xfeb\"", "\"a\ufffd\ufffdb\"", true},
		{"not UTF-8 beside an escape", "\"\\\"\xff\\n\"", `"\"` + "\ufffd" + `\n"`, true},
		{"a name that is not UTF-8", "{\"a\xff\":1}", "{\"a\ufffd\":1}", true},
		{"the last of two", `{"a":1,"b":2,"a":3}`, `{"b":2,"a":3}`, false},
		{"the last of three", `{"a":1,"a":{"x":1},"a":[3]}`, `{"a":[3]}`, false},
		{"two spellings of a name", `{"a":1,"\u0061":2}`, `{"\u0061":2}`, false},
		{"names that become equal", "{\"\xff\":1,\"\xfe\":2}", "{\"\ufffd\":2}", true},
		{"twice inside", `[{"a":{"b":1,"b":2}}]`, `[{"a":{"b":2}}]`, false},
		{"what is replaced goes with the first", "{\"a\":\"\xff\",\"a\":\"x\"}", `{"a":"x"}`, true},
		{"what is replaced stays with the last", "{\"a\":1,\"b\":\"\xff\",\"a\":2}", "{\"b\":\"\ufffd\",\"a\":2}", true},
		{"numbers keep their spelling", `{"a":1.50,"a":1E2}`, `{"a":1E2}`, false},
		{"empty", `{}`, `{}`, false},
		{"raw control characters", "\"a\tb\x01\n\"", `"a\u0009b\u0001\u000a"`, false},
		{"a tab between values", "{\t\"a\":\t1}", `{"a":1}`, false},
		{"an escape that JSON has not", `"a\xb"`, "\"a\ufffdb\"", true},
		{"an escape of more than a byte", `"a\éb"`, "\"a\ufffdb\"", true},
		{"an escape of a control character", "\"a\\\tb\"", "\"a\ufffdb\"", true},
		{"a number that is cut", `"\u12"`, "\"\ufffd\"", true},
		{"a number that is none", `"\u12gh"`, "\"\ufffdgh\"", true},
		{"an escape behind half an emoji", `"\ud83d\x"`, "\"\ufffd\ufffd\"", true},
		{"an escaped backslash", `"\\x"`, `"\\x"`, false},
		{"brackets in text", `{"a\"[":"{\"["}`, `{"a\"[":"{\"["}`, false},
		{"nested too deep", `[` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `]`, "\"\ufffd\"", true},
	} {
		clean, replaced, ok := Mend([]byte(row.text))
		if !ok || string(clean) != row.want || replaced != row.replaced {
			t.Errorf("%s: Mend(%q) = %q, replaced %v, %v; want %q, %v", row.name, row.text, clean, replaced, ok, row.want, row.replaced)
		}
	}
	for _, text := range []string{``, `{`, `{"a"}`, `{"a":1}x`, `"\`, `"\"`, `"\u`, `[1,]`, `nul`, `]`, `]]]`, `{]}`} {
		if clean, _, ok := Mend([]byte(text)); ok {
			t.Errorf("Mend(%q) = %q, want none", text, clean)
		}
	}
}

// What comes out is strict, and what was strict stays what it was.
func TestMend_isStrict(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{
		`"a"`, `"b"`, `"\ud800"`, "\"\xff\"", `"\q"`, "\"\t\"", `\`, `"`, `1`, `null`, `{`, `}`, `[`, `]`, `:`, `,`, ` `, `"a":`, `"a":1,`, `{"a":`,
	})
	rapid.Check(t, func(t *rapid.T) {
		var text []byte
		for _, p := range rapid.SliceOfN(piece, 1, 12).Draw(t, "pieces") {
			text = append(text, p...)
		}
		strict := jsontext.Value(text).IsValid()
		clean, replaced, ok := Mend(text)
		switch {
		case strict && (!ok || replaced):
			t.Fatalf("Mend(%q) = %q, replaced %v, %v: the value was strict", text, clean, replaced, ok)
		case ok && !clean.IsValid():
			t.Fatalf("Mend(%q) = %q is not strict", text, clean)
		}
		if !ok {
			return
		}
		if again, replaced, ok := Mend(clean); !ok || replaced || !bytes.Equal(again, clean) {
			t.Fatalf("Mend(%q) = %q, and that mended is %q", text, clean, again)
		}
	})
}

// An error of a record says where it is and what kind it is, and nothing of what is in
// it: logs outlive events.
func TestErrors_quoteNothing(t *testing.T) {
	t.Parallel()
	const secret = "maria"
	for _, text := range []string{
		`{"id":"maria" "time":1}`, `{"id":maria}`, `{"id":"\maria"}`, `{"maria":}`, `{"maria" maria:1}`, "{\"id\":\"maria\nmaria\"}",
		`{"id":["maria"],"time":1}`, `{"id":{"maria":1},"time":1,"event_type":"x"}`, `{"id":"a","time":"maria"}`, `maria`, `["maria"]`,
		`{"id":"a","time":1,"event_type":["maria"]}`, `{"id":"a","time":1e99,"maria":1}`, `{"events":["maria"]}`, `{"id":"maria`,
		`{"a":"\ud83dmaria","b":"maria" }x`,
	} {
		for name, events := range map[string]func(func(Event, error) bool){
			"post": DecodeBody("post", []byte(text)), "lines": ReadNDJSON("lines", bytes.NewReader([]byte(text)), ""),
		} {
			bad := 0
			for _, err := range events {
				if err == nil {
					continue
				}
				bad++
				if bytes.Contains([]byte(err.Error()), []byte(secret)) {
					t.Errorf("%s: the error of %q quotes it: %v", name, text, err)
				}
			}
			if bad == 0 {
				t.Errorf("%s: %q is read without an error", name, text)
			}
		}
	}
}
