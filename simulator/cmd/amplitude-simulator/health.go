package main

import (
	"context"
	"fmt"
	"net"
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
	listen := h.Listen
	if h.AdminListen != "" {
		listen = h.AdminListen
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return usageError{fmt.Errorf("address %q: %w", listen, err)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // listening everywhere includes here
	}
	ctx, cancel := context.WithTimeout(ctx, h.Timeout)
	defer cancel()
	if err := control.New("http://" + net.JoinHostPort(host, port)).Ready(ctx); err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	return nil
}
