package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/internal/socket"
	"github.com/ammeter/ammeter/simulator/control"
)

// health is the command that reports whether a simulator is ready.
type health struct {
	addresses

	PID     int           `name:"pid" placeholder:"N" help:"Read the addresses from the command line of process N. For images, where that is process 1. Linux only."`
	Timeout time.Duration `default:"3s" help:"How long to wait for the answer (${default})."`
}

// Run fails unless the simulator at the address is ready.
func (h *health) Run(ctx context.Context) error {
	where := h.addresses
	if h.PID != 0 {
		running, err := process.CommandLine(h.PID, "amplitude-simulator")
		if err != nil {
			return err
		}
		if where, err = addressesIn(ctx, running); err != nil {
			return err
		}
	}
	url, err := where.adminURL()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		// The question is whether it answers, not which server it is: health runs
		// beside it, and sends nothing that is secret.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
	}}
	err = control.New(url, control.WithHTTPClient(client)).Ready(ctx)
	switch {
	case err != nil && h.PID == 0 && socket.IsRefused(err):
		return fmt.Errorf("not ready: %w; give health the --listen and --port-file of serve, or its --pid", err)
	case err != nil:
		return fmt.Errorf("not ready: %w", err)
	}
	return nil
}

// addressesIn returns the addresses of a simulator that was started with arguments, in the
// environment of this process.
func addressesIn(ctx context.Context, args []string) (addresses, error) {
	var c commands
	parser, err := newParser(ctx, &c, streams{io.Discard, io.Discard})
	if err != nil {
		return addresses{}, err
	}
	if _, err := parser.Parse(args); err != nil {
		return addresses{}, fmt.Errorf("command line of the simulator: %w", err)
	}
	return c.Serve.addresses, nil
}
