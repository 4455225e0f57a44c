package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/ammeter/ammeter/internal/secret"
)

// credential returns a key or token from its file, or else the value of its flag or
// variable; empty: there is neither. Its errors never contain the value.
func credential(what, file, value string) (string, error) {
	if file != "" {
		s, err := secret.ReadFile(file)
		if _, unreadable := errors.AsType[*fs.PathError](err); unreadable {
			return "", fmt.Errorf("read %s: %w", what, err)
		}
		if err != nil {
			return "", &usageError{fmt.Errorf("%s: %w", what, err)}
		}
		return alone(what, s)
	}
	s, err := clean(what, value)
	if err != nil {
		return "", err
	}
	return alone(what, s)
}

// assignment is a line of a file of variables.
var assignment = regexp.MustCompile(`^[A-Z][A-Z0-9_]{2,}=[^=]`)

// alone returns a credential, or an error if it is a variable with its value.
func alone(what, s string) (string, error) {
	if assignment.MatchString(s) {
		return "", &usageError{fmt.Errorf("%s: it begins with the name of a variable: give the value alone", what)}
	}
	return s, nil
}

// clean returns a value without what shells and files put around it.
func clean(what, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	s, err := secret.Clean([]byte(value))
	if err != nil {
		return "", &usageError{fmt.Errorf("%s: %w", what, err)}
	}
	return s, nil
}
