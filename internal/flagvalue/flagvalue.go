// Package flagvalue refuses values of flags that hold what a shell, a file of variables or
// a template should have taken away or put in. As a path such a value is another place: a
// queue in the directory "/data" with its quotes is not on the volume at /data.
package flagvalue

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"unicode"

	"github.com/alecthomas/kong"
)

// Check returns an error that names a flag, wherever it was set, whose text has quotes
// around it, a line end or another control character at its end, or is a placeholder. It
// has no values: one may be a secret.
func Check(line *kong.Context) error {
	here := ""
	if dir, err := os.Getwd(); err == nil {
		here = dir + string(filepath.Separator)
	}
	for _, flag := range line.Flags() {
		for _, text := range texts(reflect.ValueOf(line.FlagValue(flag))) {
			// A path has been made absolute.
			if wrong := wrongWith(strings.TrimPrefix(text, here)); wrong != "" {
				return fmt.Errorf("--%s: %s", flag.Name, wrong)
			}
		}
	}
	return nil
}

// texts are a text, or those of a list.
func texts(v reflect.Value) []string {
	switch v.Kind() {
	case reflect.String:
		return []string{v.String()}
	case reflect.Slice:
		var all []string
		for i := range v.Len() {
			all = append(all, texts(v.Index(i))...)
		}
		return all
	default:
		return nil
	}
}

// wrongWith says what is wrong with a text and what to do; empty: nothing.
func wrongWith(s string) string {
	if s == "" {
		return ""
	}
	first, inner, last := s[0], s[1:max(len(s)-1, 1)], s[len(s)-1]
	switch {
	case len(s) > 1 && first == last && strings.IndexByte("\"'", first) >= 0 && !strings.ContainsRune(inner, rune(first)):
		return "it has quotes around it: leave them out"
	case unicode.IsControl(rune(last)):
		return "it ends in a line end or another control character: take it away"
	case isPlaceholder(s):
		return "it is a placeholder that nothing was put into: give the value itself"
	}
	return ""
}

// isPlaceholder reports whether a text stands for a value that a shell, Compose, Kubernetes
// or a template should have put in its place. What people put between < and > may be an
// address.
func isPlaceholder(s string) bool {
	for _, p := range [][2]string{{"${", "}"}, {"$(", ")"}, {"{{", "}}"}, {"%", "%"}} {
		if len(s) > 1 && strings.HasPrefix(s, p[0]) && strings.HasSuffix(s, p[1]) {
			return true
		}
	}
	return false
}
