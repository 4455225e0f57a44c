package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

type serveCommand struct {
	destination
	Listen       string        `env:"CURRENTS_LISTEN,CURRENTS_EXPORTER_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen for POST /events; port 0 picks a free one."`
	PortFile     string        `type:"path" placeholder:"FILE" help:"Write the port to this file once it is open."`
	Token        string        `placeholder:"TOKEN" help:"Bearer token that posts must carry. Prefer the environment or --token-file."`
	TokenFile    string        `type:"path" placeholder:"FILE" help:"File that holds the bearer token. Overrides --token."`
	DrainTimeout time.Duration `default:"30s" help:"How long to go on delivering what is held after SIGTERM or SIGINT."`
}

// Run serves until ctx ends, then finishes what it has and prints the ledger.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	cfg, err := c.config(s)
	if err != nil {
		return err
	}
	cfg.Token = c.Token
	if c.TokenFile != "" {
		if cfg.Token, err = secret(c.TokenFile); err != nil {
			return fmt.Errorf("read token: %w", err)
		}
		if cfg.Token == "" {
			return &usageError{fmt.Errorf("token file %q is empty", c.TokenFile)}
		}
	}
	x, err := build(cfg)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := c.writePort(listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	fmt.Fprintf(s.err, "listening on http://%s, posts go to /events\n", listener.Addr())
	err = c.serve(ctx, x, listener)
	return errors.Join(err, c.closeLedger(s.out, x.Ledger()))
}

// serve runs the listener and the delivery side by side. The listener stays open
// during the drain, so that the connector is told to come again.
func (c *serveCommand) serve(ctx context.Context, x *exporter.Exporter, listener net.Listener) error {
	server := &http.Server{Handler: x.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	delivering, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var work sync.WaitGroup
	failed := make(chan error, 2)
	work.Go(func() { failed <- server.Serve(listener) })
	work.Go(func() {
		if err := x.Run(delivering); err != nil {
			failed <- err
		}
	})
	var err error
	select {
	case <-ctx.Done():
		err = c.drain(ctx, x)
	case err = <-failed:
	}
	stop()
	err = errors.Join(err, server.Close())
	work.Wait()
	return err
}

// drain gives what is held time to be delivered. What is left then shows in the
// ledger.
func (c *serveCommand) drain(ctx context.Context, x *exporter.Exporter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.DrainTimeout)
	defer cancel()
	if _, err := x.Drain(ctx); err != nil {
		return &unsettledError{fmt.Errorf("drain: %w", err)}
	}
	return nil
}

func (c *serveCommand) writePort(addr net.Addr) error {
	if c.PortFile == "" {
		return nil
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("write port file: %s has no port", addr)
	}
	// Renamed into place, for whoever waits for it must not read half of it.
	partial := c.PortFile + ".partial"
	if err := os.WriteFile(partial, []byte(strconv.Itoa(tcp.Port)+"\n"), 0o644); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	if err := os.Rename(partial, c.PortFile); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	return nil
}
