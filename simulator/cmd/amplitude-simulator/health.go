package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// health is the command that asks whether a simulator is ready.
type health struct {
	addresses

	Timeout time.Duration `default:"3s" help:"How long to wait for the answer (${default})."`
}

// Run fails unless the simulator at the address is ready.
func (h *health) Run(ctx context.Context) error {
	url, err := h.adminURL()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		// The question is whether it answers. Who it is, nobody doubts: health runs
		// beside it, and sends nothing that is secret.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12},
	}}
	if err := control.New(url, control.WithHTTPClient(client)).Ready(ctx); err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	return nil
}
