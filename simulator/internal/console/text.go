package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// functions are those of the templates. What comes from requests goes through line, cut or
// pretty: characters that change the direction of text, or that cannot be seen, are shown
// as escapes.
var functions = template.FuncMap{
	"line": printable.Line, "pretty": pretty, "num": num, "color": color,
	"forms": forms, "quick": quick, "outcomes": outcome.Names,
	"outcome": func(of int) control.Outcome { return outcome.Outcome(of).Name() },
	"clock":   func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") },
	"rfc":     func(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) },
	"words":   func(name string) string { return strings.NewReplacer("_", " ", ".", " ").Replace(name) },
	"short":   func(key string) string { return printable.Cut(key, 12) },
	"cut":     func(text string) string { return printable.Cut(text, 60) },
	"columns": func(names string) []string { return strings.Split(names, ", ") },
	"json": func(v any) (string, error) {
		text, err := json.Marshal(v)
		return printable.Line(string(text)), err
	},
}

// maxPretty is how much of a body or an answer a page shows.
const maxPretty = 256 << 10

// pretty is a text, in bytes or a string, indented if it is JSON.
func pretty(of any) string {
	text := fmt.Appendf(nil, "%s", of)
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") == nil {
		text = indented.Bytes()
	}
	if len(text) > maxPretty {
		return printable.Text(string(text[:maxPretty])) + fmt.Sprintf("\n... %s bytes more; the journal has them", num(len(text)-maxPretty))
	}
	return printable.Text(string(text))
}

// num is a number, or what a pointer to one leads to, with commas between groups of three
// digits.
func num(n any) string {
	digits := fmt.Sprint(reflect.Indirect(reflect.ValueOf(n)))
	if f, ok := n.(*float64); ok {
		digits = strconv.FormatFloat(*f, 'f', -1, 64)
	}
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// color is the color of a key, always the same one.
func color(key string) string {
	h := fnv.New32a()
	h.Write([]byte(key))
	return fmt.Sprintf("hsl(%d 55%% 48%%)", h.Sum32()%360)
}
