package yamltext

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/goccy/go-yaml"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	indented := func(levels int) string {
		var b strings.Builder
		for i := range levels {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		text string
		err  string
	}{
		"empty":                   {text: ""},
		"a configuration":         {text: "listen: :80\nkeys:\n  - key: abc\n    limits: {rate: 30}\n  - key: def\n"},
		"JSON":                    {text: `{"keys":[{"key":"abc","limits":{"rate":30}}]}`},
		"64 levels":               {text: indented(64)},
		"65 levels":               {text: indented(65), err: "[65:65] nested deeper"},
		"many lines on one level": {text: strings.Repeat("- a\n", 10_000)},
		"many short lists":        {text: strings.Repeat("- [a, [b]]\n", 1000)},
		"brackets in a text":      {text: "a: '" + strings.Repeat("[", 1000) + "'\n"},
		"brackets in a comment":   {text: "# " + strings.Repeat("[", 1000) + "\na: 1\n"},
		"brackets in a block":     {text: "a: |\n  " + strings.Repeat("[", 1000) + "\n"},
		"brackets":                {text: "keys: " + strings.Repeat("[", 30_000), err: "nested deeper"},
		"closed brackets":         {text: strings.Repeat("[", 3000) + strings.Repeat("]", 3000), err: "nested deeper"},
		"braces":                  {text: strings.Repeat("{a: ", 3000), err: "nested deeper"},
		"dashes":                  {text: strings.Repeat("- ", 3000) + "a", err: "nested deeper"},
		"question marks":          {text: strings.Repeat("? ", 3000) + "a", err: "nested deeper"},
		"a list for each level": {text: "a:\n" + func() string {
			var b strings.Builder
			for i := range 100 {
				b.WriteString(strings.Repeat(" ", 2*i) + "- b:\n")
			}
			return b.String()
		}(), err: "nested deeper"},
		"some aliases":    {text: "a: &a 1\nb: [*a, *a, *a]\n"},
		"many aliases":    {text: "a: &a [x, x]\nb: [" + strings.Repeat("*a, ", 33) + "*a]\n", err: "aliases"},
		"too many tokens": {text: strings.Repeat("- a\n", 60_000), err: "tokens"},
		"too long":        {text: "a: " + strings.Repeat("x", MaxBytes), err: "larger than"},
	} {
		err := Check([]byte(c.text))
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", name, err, c.err)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const text = "name: ä\n"
	for name, raw := range map[string][]byte{
		"UTF-8":            []byte(text),
		"UTF-8 and a mark": []byte("\xef\xbb\xbf" + text),
		"UTF-16":           encode16(text),
	} {
		if got, err := Read(bytes.NewReader(raw)); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, raw := range map[string]string{
		"gzip":     "\x1f\x8b\x08\x00",
		"too long": strings.Repeat("#", MaxBytes+1),
		"too deep": strings.Repeat("[", 100),
	} {
		if _, err := Read(strings.NewReader(raw)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func encode16(s string) []byte {
	raw := []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(s)) {
		raw = append(raw, byte(u>>8), byte(u))
	}
	return raw
}

func TestError_noValues(t *testing.T) {
	t.Parallel()
	type file struct {
		APIKey  string            `yaml:"api_key"`
		Count   int               `yaml:"count"`
		Started bool              `yaml:"started"`
		Env     map[string]string `yaml:"env"`
	}
	for name, c := range map[string]struct{ text, want string }{
		"a wrong type":      {"api_key: 0123secret\ncount: 0123secret\n", "[2:8]"},
		"an unknown member": {"api_key: 0123secret\ncuont: 1\n", "cuont"},
		"a bad indentation": {"api_key: 0123secret\n  env: x: y\n", "["},
		"an open quote":     {"api_key: \"0123secret\n", "["},
		"an open bracket":   {"env: {A: 0123secret\n", "["},
		"a tab":             {"env:\n\tA: 0123secret\n", "["},
		"twice":             {"api_key: 0123secret\napi_key: 0123secret\n", "[2:1]"},
		"a list":            {"env: [0123secret]\n", "["},
		"no boolean":        {"started: 0123secret\n", "["},
	} {
		err := Error(yaml.NewDecoder(strings.NewReader(c.text), yaml.Strict()).Decode(new(file)))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "0123secret") {
			t.Errorf("%s: %v, want an error with %q and without the value", name, err, c.want)
		}
	}
	if Error(nil) != nil {
		t.Error("an error of none")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("a: [1, {b: c}]\n- d\n")
	f.Add("? ? - a\n")
	f.Fuzz(func(_ *testing.T, text string) { _ = Check([]byte(text)) })
}
