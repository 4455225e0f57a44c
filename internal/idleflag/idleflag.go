// Package idleflag refuses flags of a command line that would do nothing: because of
// another flag that is given or is not, or because their value is empty. A flag that is silently ignored looks as if it worked.
package idleflag

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Rule says when flags do nothing: if one of With is given, and none of Without. An
// empty list says nothing. Flags are named without dashes; name=value is one with that value.
type Rule struct {
	Command       string // the first word of the command; empty: any
	Flags         []string
	With, Without []string
}

// Check returns an error that names a flag of the command line that is empty or does nothing.
// Settings of the environment or of a file serve several commands: they may be idle. But
// they count for With and Without.
func Check(line *kong.Context, rules ...Rule) error {
	if err := empty(line); err != nil {
		return err
	}
	command, _, _ := strings.Cut(line.Command(), " ")
	for _, rule := range rules {
		if rule.Command != "" && rule.Command != command {
			continue
		}
		if len(rule.With) > 0 && !given(line, rule.With) || len(rule.Without) > 0 && given(line, rule.Without) {
			continue
		}
		for _, p := range line.Path {
			if p.Flag != nil && !p.Resolved && slices.Contains(rule.Flags, p.Flag.Name) {
				return fmt.Errorf("--%s does nothing %s: leave it out", p.Flag.Name, rule.when())
			}
		}
	}
	return nil
}

// given reports whether one of the flags has a value.
func given(line *kong.Context, names []string) bool {
	return slices.ContainsFunc(line.Flags(), func(f *kong.Flag) bool {
		value := reflect.ValueOf(line.FlagValue(f))
		return slices.Contains(names, f.Name) && !value.IsZero() || slices.Contains(names, fmt.Sprint(f.Name, "=", value))
	})
}

func (r Rule) when() string {
	var parts []string
	if len(r.With) > 0 {
		parts = append(parts, "with --"+strings.Join(r.With, " or --"))
	}
	if len(r.Without) > 0 {
		parts = append(parts, "without --"+strings.Join(r.Without, " or --"))
	}
	return strings.Join(parts, " and ")
}
