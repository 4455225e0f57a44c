package printable

import (
	"slices"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                "",
		"plain text, \"quoted\" \\ kept":  `plain text, "quoted" \ kept`,
		"Größe 大きさ 👍 é":                   "Größe 大きさ 👍 é",
		"\x1b[31mred\x1b[0m":              `\x1b[31mred\x1b[0m`,
		"\x1b]0;title\a":                  `\x1b]0;title\a`,
		"replaced \ufffd":                 "replaced \ufffd",
		"a\r\nb\tc\x00":                   `a\r\nb\tc\x00`,
		"evil\u202etxt.exe":               `evil\u202etxt.exe`,
		"isolate \u2066x\u2069":           `isolate \u2066x\u2069`,
		"line\u2028separator":             `line\u2028separator`,
		"C1 \u009b31m":                    `C1 \u009b31m`,
		"not \xff UTF-8 \xe9":             `not \xff UTF-8 \xe9`,
		"zero\u200bwidth \ufeffBOM":       `zero\u200bwidth \ufeffBOM`,
		"tag \U000e0041 beyond the plane": `tag \U000e0041 beyond the plane`,
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestText_keepsLinesAndTabs(t *testing.T) {
	t.Parallel()
	if got, want := Text("a\r\n\tb\rc\n"), "a\n\tb\\rc\n"; got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"":                      nil,
		"\n\n":                  nil,
		"one":                   {"one"},
		"one\ntwo\nthree\n\n":   {"two", "three"},
		"\x1b[2Jone\r\ntwo\r\n": {`\x1b[2Jone`, "two"},
		"a\tb":                  {"a    b"},
		"0123456789abcdef":      {"0123456789 ..."},
		"ééééééééééé":           {"éééééééééé ..."},
	} {
		if got := Lines([]byte(in), 2, 10); !slices.Equal(got, want) {
			t.Errorf("Lines(%q) = %q, want %q", in, got, want)
		}
	}
}

// However a text is cut into writes, what is passed on is the same.
func TestWriter(t *testing.T) {
	t.Parallel()
	const text = "é\x1b[31m大\u202e👍\xffx\n"
	for size := 1; size <= len(text); size++ {
		var got strings.Builder
		w := Writer(&got)
		for chunk := range slices.Chunk([]byte(text), size) {
			if n, err := w.Write(chunk); n != len(chunk) || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
		}
		if want := Text(text); got.String() != want {
			t.Errorf("in pieces of %d: %q, want %q", size, got.String(), want)
		}
	}
}
