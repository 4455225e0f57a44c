package scenario

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/ammeter/ammeter/internal/nearest"
	"github.com/ammeter/ammeter/internal/yamltext"
	"github.com/ammeter/ammeter/loadgen"
)

// ParseFile parses the text of a file and checks that it has the name of its scenario.
func ParseFile(file string, text []byte) (*Scenario, error) {
	s, err := Parse(file, text)
	if err != nil {
		return nil, err
	}
	if want := strings.TrimSuffix(path.Base(file), path.Ext(file)); s.Name != want {
		return nil, fmt.Errorf("%s: the name is %q; call it %q, as the file", file, s.Name, want)
	}
	return s, nil
}

// Parse reads a scenario, fills in the defaults and checks it. Unknown members are
// errors. Errors begin with the name and the line, as in hot-device.yaml:12.
func Parse(name string, text []byte) (*Scenario, error) {
	text, err := yamltext.Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s := &Scenario{Seed: 1, Target: loadgen.Exporter, Batch: 1, Devices: Devices{Count: 1000}, Settle: Duration(defaultSettle)}
	err = yamltext.Decode(text, s)
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the file is empty", name)
	}
	if err != nil {
		at, err := decodeError(err)
		return nil, fmt.Errorf("%s:%d: %w", name, at, err)
	}
	for i := range s.Devices.Hot {
		if s.Devices.Hot[i].Count == 0 {
			s.Devices.Hot[i].Count = 1
		}
	}
	if s.IDs == (IDs{}) {
		s.IDs.Identified = 1
	}
	problems := s.check()
	if len(problems) == 0 {
		return s, nil
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		at, err := decodeError(err)
		return nil, fmt.Errorf("%s:%d: %w", name, at, err)
	}
	lines := map[problem]int{}
	for _, p := range problems {
		lines[p] = line(file, p.path)
	}
	slices.SortStableFunc(problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(lines[a], lines[b]), strings.Compare(a.path, b.path), strings.Compare(a.text, b.text))
	})
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = fmt.Errorf("%s:%d: %s: %s", name, lines[p], strings.TrimPrefix(p.path, "$."), p.text)
	}
	return nil, errors.Join(errs...)
}

// decodeError keeps the first line of what the library says, "[4:1] unknown field".
func decodeError(err error) (at int, _ error) {
	text, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
	var column int
	if n, _ := fmt.Sscanf(text, "[%d:%d]", &at, &column); n == 2 {
		_, text, _ = strings.Cut(text, "] ")
	}
	if unknown := new(yaml.UnknownFieldError); errors.As(err, &unknown) {
		known := members(reflect.TypeFor[Scenario](), column > 1)
		if near := nearest.Names(strings.Trim(strings.TrimPrefix(text, "unknown field "), `"`), known, 1); len(near) == 1 {
			text += fmt.Sprintf("; did you mean %q?", near[0])
		}
	}
	return max(at, 1), errors.New(text)
}

// members are the names of the members of a type and, with inside, of those in them.
func members(t reflect.Type, inside bool) (names []string) {
	if k := t.Kind(); k == reflect.Pointer || k == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	for field := range t.Fields() {
		if name := field.Tag.Get("yaml"); name != "-" {
			names = append(names, name)
		}
		if inside {
			names = append(names, members(field.Type, true)...)
		}
	}
	return names
}

// line finds where a path of the document is, or the nearest part of it that is
// there.
func line(file *ast.File, at string) int {
	for {
		p, err := yaml.PathString(at)
		if err != nil {
			return 1
		}
		if node, err := p.FilterFile(file); err == nil && node != nil {
			return node.GetToken().Position.Line
		}
		cut := strings.LastIndexAny(at, ".[")
		if cut < 1 {
			return 1
		}
		at = at[:cut]
	}
}

func errDuration(text []byte) error {
	return fmt.Errorf("%q is not a length of time; write it like 250ms, 30s or 1h30m", text)
}
