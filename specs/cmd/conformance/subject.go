package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/ammeter/ammeter/specs"
)

// target makes the target the flags name, without a simulator.
func (c *cli) target() (specs.Target, error) {
	words := strings.Fields(c.Command)
	switch {
	case (c.Subject == "") == (len(words) == 0):
		return specs.Target{}, errNoSubject
	case c.Subject != "":
		target, err := specs.LoadTarget(c.Subject)
		target.Config.File = shortest(c.Subject)
		return target, err
	default:
		return specs.CommandTarget(words[0], words[1:]...), nil
	}
}

// shortest is a path as seen from the working directory, if it is below that: the
// report need not tell where that is.
func shortest(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if short, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}
