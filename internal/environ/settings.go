package environ

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/ammeter/ammeter/internal/nearest"
)

// Apply makes the environment of this process fit the flags of app: variables that
// are empty or blank or that belong to a service are unset, so that no flag reads them, and
// others lose the blanks and line ends around their values, as files from Windows leave. It
// returns an error for each variable with the prefix that no flag reads; others are
// further names that the program reads. The error has no values. Apply must be
// called before the command line is parsed.
func Apply(app *kong.Application, prefix string, others ...string) error {
	known := append(flagVariables(app.Node), others...)
	unset, err := settings(os.Environ(), prefix, known)
	for _, name := range known {
		if value := os.Getenv(name); value != strings.TrimSpace(value) {
			if err := os.Setenv(name, strings.TrimSpace(value)); err != nil {
				return fmt.Errorf("set %s: %w", name, err)
			}
		}
	}
	for _, name := range unset {
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("unset %s: %w", name, err)
		}
	}
	return err
}

// settings returns the variables that must not be read as settings, and an error that
// names those with the prefix that are no settings at all.
func settings(environ []string, prefix string, known []string) (unset []string, err error) {
	var unknown []string
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		value = strings.TrimSpace(value) // templates leave blanks where a value was empty
		isKnown := slices.Contains(known, name)
		hasPrefix := strings.HasPrefix(name, prefix+"_")
		switch {
		case isKnown && (value == "" || hasPrefix && isService(name, value)):
			unset = append(unset, name)
		case !isKnown && hasPrefix && value != "" && !isService(name, value):
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return unset, nil
	}
	slices.Sort(unknown)
	var ends []string // behind the prefix, which all have in common
	for _, name := range known {
		if end, ok := strings.CutPrefix(name, prefix+"_"); ok {
			ends = append(ends, end)
		}
	}
	for i, name := range unknown {
		if near := nearest.Names(strings.TrimPrefix(name, prefix+"_"), ends, 1); len(near) == 1 {
			unknown[i] += " (did you mean " + prefix + "_" + near[0] + "?)"
		}
	}
	return unset, fmt.Errorf("unknown environment variable %s: there is no such setting; correct it or unset it", strings.Join(unknown, ", "))
}

// flagVariables are the variables that the flags of a command and of those below it
// read.
func flagVariables(n *kong.Node) []string {
	var names []string
	for _, flag := range n.Flags {
		names = append(names, flag.Envs...)
	}
	for _, argument := range n.Positional {
		names = append(names, argument.Tag.Envs...)
	}
	for _, child := range n.Children {
		names = append(names, flagVariables(child)...)
	}
	return names
}
