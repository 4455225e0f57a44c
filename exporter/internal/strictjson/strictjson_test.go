package strictjson_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/ammeter/ammeter/exporter/internal/strictjson"
)

// values are texts, and where the value ends that they begin with.
var values = []struct {
	text string
	end  int
}{
	{`"plain" `, 7},
	{`"a\"b\\\/\b\f\n\r\t\u00e9" `, 26},
	{`"é😀" `, 8},
	{`"\ud83d\ude00" `, 14},
	{`"\uD83D\uDE00"x`, 14},
	{`"\ud83d" `, strictjson.No},
	{`"\ude00" `, strictjson.No},
	{`"\ud83d\u0041" `, strictjson.No},
	{`"\ude00\ude00" `, strictjson.No},
	{`"\q" `, strictjson.No},
	{`"\u12g4" `, strictjson.No},
	{"\"\xff\" ", strictjson.No},
	{"\"\xed\xa0\x80\" ", strictjson.No},
	{"\"a\tb\" ", strictjson.No},
	{"\"a\nb\" ", strictjson.No},
	{"\"\xc3\" ", strictjson.No},
	{`"`, strictjson.Short},
	{`"12345678`, strictjson.Short},
	{`"\`, strictjson.Short},
	{`"\u00`, strictjson.Short},
	{`"\ud83d\u`, strictjson.Short},
	{"\"\xf0\x9f", strictjson.Short},
	{``, strictjson.Short},
	{`0 `, 1},
	{`-0 `, 2},
	{`10,`, 2},
	{`-1.50e+10]`, 9},
	{`1E5}`, 3},
	{`9007199254740993 `, 16},
	{`01 `, strictjson.No},
	{`- `, strictjson.No},
	{`1. `, strictjson.No},
	{`1e `, strictjson.No},
	{`.5 `, strictjson.No},
	{`+1 `, strictjson.No},
	{`1`, strictjson.Short},
	{`1.`, strictjson.Short},
	{`1e+`, strictjson.Short},
	{`-`, strictjson.Short},
	{`true,`, 4},
	{`false`, 5},
	{`null}`, 4},
	{`nul}`, strictjson.No},
	{`tru`, strictjson.Short},
	{`NaN `, strictjson.No},
	{`[]`, 2},
	{`[ 1 , "a" , [ ] ]x`, 17},
	{`[1,]`, strictjson.No},
	{`[1 2]`, strictjson.No},
	{`[1`, strictjson.Short},
	{`[`, strictjson.Short},
	{"[\n]", strictjson.No},
	{`{}`, 2},
	{`{ "a" : 1 , "b" : { "a" : 2 } }`, 31},
	{`{"a":1,"a":2}`, strictjson.No},
	{`{"a":{"b":1,"b":2}}`, strictjson.No},
	{`{"a":{"a":1},"b":{"a":1}}`, 25},
	{`{"":1,"":2}`, strictjson.No},
	{`{"\u0061":1}`, strictjson.No},
	{`{a:1}`, strictjson.No},
	{`{"a"}`, strictjson.No},
	{`{"a":1,}`, strictjson.No},
	{`{"a":1`, strictjson.Short},
	{`{"a"`, strictjson.Short},
	{`{"a":`, strictjson.Short},
	{`}`, strictjson.No},
	{` 1`, strictjson.No},
	{strings.Repeat("[", 64) + strings.Repeat("]", 64), 128},
	{strings.Repeat("[", 65) + strings.Repeat("]", 65), strictjson.No},
}

func TestScanner_Value(t *testing.T) {
	t.Parallel()
	var s strictjson.Scanner
	for _, v := range values {
		if end := s.Value([]byte(v.text), 0); end != v.end {
			t.Errorf("%.100q ends at %d, want %d", v.text, end, v.end)
		}
	}
}

func TestScanner_Object(t *testing.T) {
	t.Parallel()
	var s strictjson.Scanner
	var got []string
	text := `x { "a" : 1 , "b":{"c":"d"},"e":null} y`
	end := s.Object([]byte(text), 2, func(name, value []byte) { got = append(got, string(name)+string(value)) })
	if want := `"a"1 "b"{"c":"d"} "e"null`; strings.Join(got, " ") != want || text[end:] != " y" {
		t.Errorf("members %q up to %d", got, end)
	}
	if end := s.Object([]byte("[]"), 0, nil); end != strictjson.No {
		t.Errorf("an array is an object that ends at %d", end)
	}
}

// FuzzValue holds what is found against jsontext: a value that has an end is strict JSON on
// one line, one without is not, and a text that is too short is the beginning of none that
// is whole.
func FuzzValue(f *testing.F) {
	for _, v := range values {
		f.Add([]byte(v.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s strictjson.Scanner
		end := s.Value(text, 0)
		switch value := jsontext.Value(text); {
		case end > 0:
			if value = value[:end]; !value.IsValid() || bytes.ContainsAny(value, "\r\n") {
				t.Errorf("%q is no strict JSON on one line", value)
			}
			for n := range end {
				if end := s.Value(text[:n], 0); end != strictjson.Short {
					t.Errorf("%q ends at %d, and goes on with %q", text[:n], end, text[n:])
				}
			}
		case end == strictjson.Short:
			if value.IsValid() && value.Kind() != jsontext.KindNumber {
				t.Errorf("%q is whole", text)
			}
		case value.IsValid() && text[0] > ' ' && isSimple(text):
			t.Errorf("%q is strict JSON", text)
		}
	})
}

// isSimple reports whether a value is one that the package takes if it is valid.
func isSimple(text []byte) bool {
	return len(text) < 200 && !bytes.ContainsAny(text, "\\\r\n") && bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) < 64
}
