package yamltext

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

type settings struct {
	Key   string            `yaml:"key"`
	Ptr   *string           `yaml:"ptr"`
	List  []string          `yaml:"list"`
	Env   map[string]string `yaml:"env"`
	Count int               `yaml:"count"`
	Rate  float64           `yaml:"rate"`
	On    bool              `yaml:"on"`
}

// A key, a version or an id that YAML takes for a number is the text that was written.
func TestDecode_aTextThatLooksLikeANumber(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"012", "0x1F", "0b11", "0o17", "1_000", "1.10", "1e3", "+49301234", "-0", "007", "1.", ".5", ".inf", ".nan",
		"00000000000000000000000000000e12", "12345678901234567890123456789012", "2026-01-01", "true", "off",
	} {
		var s settings
		if err := Decode([]byte("key: "+text+" # why\nptr: "+text+"\nlist: ["+text+", b]\nenv:\n  A: "+text+"\n  \"B C\": "+text+"\n"), &s); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		want := settings{Key: text, Ptr: &text, List: []string{text, "b"}, Env: map[string]string{"A": text, "B C": text}}
		if !reflect.DeepEqual(s, want) {
			t.Errorf("%s: %+v", text, s)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want settings
	}{
		"numbers":           {"count: 0x10\nrate: 1.50\non: true\n", settings{Count: 16, Rate: 1.5, On: true}},
		"a hash":            {"key: a#b\n", settings{Key: "a#b"}},
		"quotes":            {`key: "a\tb\"c"` + "\nlist: ['it''s', \"012\"]\n", settings{Key: "a\tb\"c", List: []string{"it's", "012"}}},
		"a block":           {"key: |\n  012\n   b\n\n  c\ncount: 1\n", settings{Key: "012\n b\n\nc\n", Count: 1}},
		"a block in a list": {"list:\n  - |-\n    a\n    b\n  - >\n    c\n    d\n", settings{List: []string{"a\nb", "c d\n"}}},
		"many lines":        {"key: a\n  b\n  c\n", settings{Key: "a b c"}},
		"an alias":          {"key: &k 012\nptr: *k\n", settings{Key: "012", Ptr: new("012")}},
		"no value":          {"key:\nptr: null\nlist: [~]\n", settings{List: []string{""}}},
		"JSON":              {`{"key":"a\u0026b","list":["012"],"count":1}`, settings{Key: "a&b", List: []string{"012"}, Count: 1}},
		"escapes":           {`{"key":"1\u0032","list":["\x30\u0031","a\u000ab"]}`, settings{Key: "12", List: []string{"01", "a\nb"}}},
		"a quoted number":   {"key: '1.10'\nlist: [\"0x10\"]\n", settings{Key: "1.10", List: []string{"0x10"}}},
		"a header":          {"---\nkey: a\n", settings{Key: "a"}},
		"a header and end":  {"---\nkey: a\n...\n", settings{Key: "a"}},
	} {
		var got settings
		if err := Decode([]byte(c.text), &got); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
}

func TestDecode_keepsDefaults(t *testing.T) {
	t.Parallel()
	s := settings{Key: "default", Count: 5}
	if err := Decode([]byte("rate: 1\n"), &s); err != nil || s.Key != "default" || s.Count != 5 || s.Rate != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestDecode_errors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"an unknown member":   {"count: 1\nlsit: []\n", `[2:1] unknown field "lsit"`},
		"a list for a text":   {"count: 1\n\nkey: [a]\n", "[3:6] want string, got []interface {}"},
		"a text for a number": {"key: 012\ncount: x\n", "[2:8]"},
		"a second document":   {"key: a\n---\nkey: b\n", "more than one document"},
		// Found by fuzzing: the library panics.
		"a tag on a list": {"key: 0>\nenv:\nlist: !0\n0000000000000", "cannot be read"},
	} {
		err := Error(Decode([]byte(c.text), new(settings)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	for _, text := range []string{"", "\n", "# nothing\n"} {
		if err := Decode([]byte(text), new(settings)); !errors.Is(err, io.EOF) {
			t.Errorf("%q: %v, want EOF", text, err)
		}
	}
}
