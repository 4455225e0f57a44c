package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/ammeter/ammeter/internal/yamltext"
)

// configVariable names the configuration file in the environment.
const configVariable = "CURRENTS_EXPORTER_CONFIG"

// configFile gives flags the values of the configuration file, where neither the
// command line nor the environment has one. The file may hold the flags of every
// command, named with underscores. What is wrong with it is collected, so that it
// is all told at once.
type configFile struct {
	app    *kong.Application
	read   bool
	values map[string]setting
	wrong  []error
}

const noValue = "there is no value: give one, or take the line out"

// setting is one line of the file.
type setting struct {
	text string
	list bool
	line int
}

var _ kong.Resolver = (*configFile)(nil)

// Validate reports what is wrong with the file.
func (f *configFile) Validate(*kong.Application) error { return errors.Join(f.wrong...) }

// Resolve returns the file's value of a flag.
func (f *configFile) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	path := configPath(ctx)
	if path == "" {
		return nil, nil
	}
	if !f.read {
		f.read, f.app = true, ctx.Model
		f.load(path)
	}
	s, ok := f.values[keyOf(flag)]
	if !ok || inEnvironment(flag) {
		return nil, nil
	}
	return s.text, nil
}

func configPath(ctx *kong.Context) string {
	for _, p := range ctx.Path {
		if p.Flag != nil && p.Flag.Name == "config" {
			path, _ := ctx.FlagValue(p.Flag).(string)
			return path
		}
	}
	return os.Getenv(configVariable)
}

func inEnvironment(flag *kong.Flag) bool {
	return slices.ContainsFunc(flag.Envs, func(name string) bool { return os.Getenv(name) != "" })
}

func keyOf(flag *kong.Flag) string { return strings.ReplaceAll(flag.Name, "-", "_") }

// load reads the file and keeps what is right about it.
func (f *configFile) load(path string) {
	complain := func(line int, format string, args ...any) {
		f.wrong = append(f.wrong, fmt.Errorf("%s:%d: %s", path, line, fmt.Sprintf(format, args...)))
	}
	text, err := yamltext.ReadFile(path)
	if err != nil {
		f.wrong = append(f.wrong, fmt.Errorf("read configuration: %w", err))
		return
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		f.wrong = append(f.wrong, fmt.Errorf("%s: %w", path, yamltext.Error(err)))
		return
	}
	known := f.flags()
	f.values = map[string]setting{}
	for _, doc := range file.Docs {
		for _, entry := range entries(doc.Body) {
			key, line := entry.Key.String(), entry.Key.GetToken().Position.Line
			if entry.Key.Type() == ast.StringType {
				key = entry.Key.GetToken().Value
			}
			flag := known[key]
			s, problem := valueOf(entry.Value)
			s.line = line
			switch {
			case flag == nil:
				complain(line, "unknown key %q: keys are the flags that --help lists, with underscores", key)
			case problem != "":
				complain(line, "%s: %s", key, problem)
			case s.text == "":
				complain(line, "%s: %s", key, noValue)
			case s.list && flag.Target.Kind() != reflect.Slice:
				complain(line, "%s: a list, and one value is wanted", key)
			default:
				if err := check(flag, s.text); err != nil {
					complain(line, "%s: %v", key, err)
					continue
				}
				f.values[key] = s
			}
		}
		if doc.Body != nil && doc.Body.Type() != ast.MappingType && doc.Body.Type() != ast.MappingValueType && doc.Body.Type() != ast.CommentType {
			complain(doc.Body.GetToken().Position.Line, "want lines such as \"region: eu\"")
		}
	}
}

// flags are those of every command that can be set in a file, by key.
func (f *configFile) flags() map[string]*kong.Flag {
	known := map[string]*kong.Flag{}
	for _, command := range f.app.Leaves(true) {
		for _, group := range command.AllFlags(true) {
			for _, flag := range group {
				if !slices.Contains([]string{"help", "config", "version"}, flag.Name) {
					known[keyOf(flag)] = flag
				}
			}
		}
	}
	return known
}

func entries(body ast.Node) []*ast.MappingValueNode {
	switch node := body.(type) {
	case *ast.MappingNode:
		return node.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{node}
	default:
		return nil
	}
}

// valueOf reads a scalar or a list of scalars.
func valueOf(node ast.Node) (s setting, problem string) {
	switch node := node.(type) {
	case *ast.SequenceNode:
		var parts []string
		for _, item := range node.Values {
			part, problem := valueOf(item)
			if problem != "" || part.list {
				return s, "want a list of plain values"
			}
			parts = append(parts, part.text)
		}
		return setting{text: strings.Join(parts, ","), list: true}, ""
	case *ast.NullNode, nil:
		return s, noValue
	case *ast.LiteralNode:
		return setting{text: node.Value.Value}, ""
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return s, "anchors, aliases and tags are not read: write the value out"
	case ast.ScalarNode:
		return setting{text: node.GetToken().Value}, ""
	default:
		return s, "want a plain value or a list of them"
	}
}

// check tries a value on a flag without setting it.
func check(flag *kong.Flag, text string) error {
	if flag.Enum != "" && !slices.Contains(strings.Split(flag.Enum, ","), text) {
		return fmt.Errorf("%q is not one of %s", text, strings.ReplaceAll(flag.Enum, ",", ", "))
	}
	trial := reflect.New(flag.Target.Type()).Elem()
	ctx := &kong.DecodeContext{Value: flag.Value, Scan: kong.Scan().PushTyped(text, kong.FlagValueToken)}
	return flag.Mapper.Decode(ctx, trial)
}
