package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"github.com/ammeter/ammeter/internal/plural"
)

type validateCommand struct {
	deliveryFlags
	listenFlags
}

// Run checks the configuration as the other commands would, and more: it prints all
// that is wrong, not the first thing only. It connects to nothing.
func (c *validateCommand) Run(s streams) error {
	var wrong []error
	cfg, err := c.config(slog.New(slog.DiscardHandler))
	_, unread := c.openCertificate(slog.New(slog.DiscardHandler))
	wrong = append(wrong, err, c.adjust(&cfg), unread)
	if cfg.APIKey == "" {
		cfg.APIKey = "unknown" // told already; the rest is to be looked at
	}
	wrong = append(wrong, cfg.Check())
	if err := errors.Join(wrong...); err != nil {
		return &usageError{err}
	}
	name := c.Name
	if name == "" {
		name = "without a name"
	}
	events := "all event types"
	if len(c.Events) > 0 {
		events = plural.Of(len(c.Events), "event type")
	}
	_, err = fmt.Fprintf(s.out, "The configuration is valid: connector %s, to %s, %s.\n", name, cfg.Target(), events)
	return err
}

// address returns an error for what is no address to listen at.
func address(flag, text string) error {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return &usageError{fmt.Errorf("%s %q: give an address such as 127.0.0.1:8090", flag, text)}
	}
	return nil
}
