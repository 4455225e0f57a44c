package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator"
)

// drainTime is how long requests that are under way may take to finish.
const drainTime = 10 * time.Second

// serve is the command that serves the API until it is interrupted.
type serve struct {
	addresses
	settings

	PortFile string `type:"path" placeholder:"FILE" help:"Write the port to a file once it is open; with --admin-listen that port on a second line."`
}

// Run serves until the context ends, then lets the requests under way finish.
func (s *serve) Run(ctx context.Context, stdout io.Writer) error {
	opts, err := s.options()
	if err != nil {
		return usageError{err}
	}
	sim, err := simulator.New(opts...)
	if err != nil {
		return usageError{err}
	}
	api, admin, err := s.listen(ctx)
	if err != nil {
		return err
	}
	servers := []*server{newServer(api, sim)}
	if admin != nil {
		servers = []*server{newServer(api, sim.Ingestion()), newServer(admin, sim.Admin())}
	}
	failed := make(chan error, len(servers))
	for _, one := range servers {
		go func() { failed <- one.Serve(one.listener) }()
	}
	if err = s.announce(stdout, api, admin); err == nil {
		select {
		case err = <-failed:
		case <-ctx.Done():
		}
	}
	sim.Close()
	return errors.Join(err, drain(context.WithoutCancel(ctx), servers))
}

// announce tells where the simulator listens. The line "Ready." comes last.
func (s *serve) announce(stdout io.Writer, api, admin net.Listener) error {
	ports := []net.Listener{api}
	control := api
	if admin != nil {
		ports, control = append(ports, admin), admin
	}
	if s.PortFile != "" {
		if err := writePorts(s.PortFile, ports...); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "Amplitude API  http://%s\nControl API    http://%s/_admin\nReady.\n", api.Addr(), control.Addr())
	return err
}

// server is an HTTP server with the listener it is meant for.
type server struct {
	http.Server
	listener net.Listener
}

func newServer(l net.Listener, h http.Handler) *server {
	return &server{http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 5 * time.Minute}, l}
}

// drain stops the servers and waits for the requests under way.
func drain(ctx context.Context, servers []*server) error {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	var all error
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			all = errors.Join(all, fmt.Errorf("drain: %w", err), s.Close())
		}
	}
	return all
}
