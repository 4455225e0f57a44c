package main

import (
	"errors"
	"strings"

	"github.com/ammeter/ammeter/specs"
)

// target makes the target the flags name, without a simulator.
func (c *cli) target() (specs.Target, error) {
	words := strings.Fields(c.Command)
	switch {
	case (c.Subject == "") == (len(words) == 0):
		return specs.Target{}, errors.New("name the exporter under test with either --subject or --command")
	case c.Subject != "":
		return specs.LoadTarget(c.Subject)
	default:
		return specs.CommandTarget(words[0], words[1:]...), nil
	}
}
