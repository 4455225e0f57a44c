package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/printable"
)

// functions are those of the templates. What comes from requests goes through line or
// pretty: characters that change the direction of text, or that cannot be seen, are shown
// as escapes.
var functions = template.FuncMap{
	"line": printable.Line, "pretty": pretty, "num": num, "clock": instant, "rfc": rfc, "color": color, "answered": answered,
	"words": func(name string) string { return strings.NewReplacer("_", " ", ".", " ").Replace(name) },
	"short": func(key string) string { return cut(printable.Line(key), 12) },
	"cut":   func(text string) string { return cut(printable.Line(text), 60) },
	"plural": func(n int, word string) string {
		if n == 1 {
			return "1 " + word
		}
		return num(n) + " " + word + "s"
	},
	"seconds": func(d interface{ Seconds() float64 }) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) },
}

// maxPretty is how much of a body or an answer a page shows.
const maxPretty = 256 << 10

// pretty is a text, indented if it is JSON.
func pretty(text []byte) string {
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") == nil {
		text = indented.Bytes()
	}
	if len(text) > maxPretty {
		return printable.Text(string(text[:maxPretty])) + fmt.Sprintf("\n... %s bytes more; the journal has them", num(len(text)-maxPretty))
	}
	return printable.Text(string(text))
}

// cut is a text of at most so many characters.
func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
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

func instant(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") }

func rfc(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// colors is how many classes the style sheet has for keys.
const colors = 12

// color is the class of a key, always the same one.
func color(key string) string {
	h := fnv.New32a()
	h.Write([]byte(key))
	return "k" + strconv.Itoa(int(h.Sum32()%colors))
}

// answered is the class of a status.
func answered(status int) string {
	switch {
	case status/100 == 2:
		return "good"
	case status == http.StatusTooManyRequests:
		return "warn"
	}
	return "bad"
}
