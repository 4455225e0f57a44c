package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/internal/version"
	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// service is a simulator that answers.
type service struct {
	url     string
	version string
	control *control.Client
	close   func()
}

// simulator meets the simulator the flags name, or starts one; at all addresses if
// the exporter is in a network of its own.
func (c *cli) simulator(ctx context.Context, bridged bool) (*service, error) {
	if c.Simulator == "" {
		address := "127.0.0.1:0"
		if bridged {
			address = "0.0.0.0:0"
		}
		return start(ctx, address)
	}
	admin := c.Control
	if admin == "" {
		admin = c.Simulator
	}
	var opts []control.Option
	if c.ControlToken != "" {
		token, err := secret.Clean([]byte(c.ControlToken))
		if err != nil {
			return nil, fmt.Errorf("%w: --control-token: %w", errUsage, err)
		}
		opts = append(opts, control.WithToken(token))
	}
	s := &service{url: strings.TrimRight(c.Simulator, "/"), control: control.New(admin, opts...), close: func() {}}
	const longest = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	if err := s.control.Ready(ctx); err != nil {
		return nil, fmt.Errorf("meet the simulator at %s: %w", secret.URL(admin), err)
	}
	s.version = versionOf(ctx, admin)
	return s, nil
}

// start starts a simulator on a free port of this machine.
func start(ctx context.Context, address string) (*service, error) {
	sim, err := simulator.New() //nolint:contextcheck // it lasts longer than its start
	if err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	const headers = 10 * time.Second
	server := &http.Server{Handler: sim, ReadHeaderTimeout: headers}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // ends with the error that Close makes
	}()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	url := "http://127.0.0.1:" + port
	return &service{
		url: url, version: version.Number(), control: control.New(url),
		close: func() {
			sim.Close()
			_ = server.Close()
			<-ended
		},
	}, nil
}

// versionOf returns the version of a simulator; "unknown" if it has no such page.
func versionOf(ctx context.Context, admin string) string {
	const unknown = "unknown"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(admin, "/")+"/version", http.NoBody)
	if err != nil {
		return unknown
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req) // by no proxy
	if err != nil {
		return unknown
	}
	defer resp.Body.Close()
	var told struct {
		Version string `json:"version"`
	}
	if json.NewDecoder(resp.Body).Decode(&told) != nil || told.Version == "" {
		return unknown
	}
	return told.Version
}
