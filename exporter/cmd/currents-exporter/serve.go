package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

type serveCommand struct {
	destination
	reception
	drainage
}

// reception are the flags for the posts of the connector.
type reception struct {
	Listen    string `env:"CURRENTS_LISTEN,CURRENTS_EXPORTER_LISTEN" default:"127.0.0.1:8090" placeholder:"HOST:PORT" help:"Where to listen for POST /events; port 0 picks a free one (default: ${default})."`
	PortFile  string `type:"path" placeholder:"FILE" help:"Write the port to this file once it is open."`
	Token     string `placeholder:"TOKEN" help:"Bearer token that posts must carry. Prefer the environment or --token-file."`
	TokenFile string `type:"path" placeholder:"FILE" help:"File that holds the bearer token. Overrides --token."`
	MaxBody   int64  `default:"33554432" placeholder:"BYTES" help:"Largest post to take, before and after decompression (default: ${default})."`
}

// drainage is the flag of commands that run until they are stopped.
type drainage struct {
	DrainTimeout time.Duration `default:"30s" help:"How long to go on delivering what is held after SIGTERM or SIGINT."`
}

// adjust puts the flags into the exporter's configuration.
func (r *reception) adjust(cfg *exporter.Config) error {
	cfg.Token = r.Token
	if cfg.MaxBody = r.MaxBody; r.MaxBody <= 0 {
		return &usageError{errors.New("--max-body must be more than zero")}
	}
	if r.TokenFile == "" {
		return nil
	}
	token, err := secret(r.TokenFile)
	if err != nil {
		return fmt.Errorf("read token: %w", err)
	}
	if token == "" {
		return &usageError{fmt.Errorf("token file %q is empty", r.TokenFile)}
	}
	cfg.Token = token
	return nil
}

// Run serves until ctx ends, then finishes what it has and prints the ledger.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	cleanUp := func(int64) {}
	st, err := c.station(ctx, s, func(cfg *exporter.Config) (err error) {
		if err := c.adjust(cfg); err != nil {
			return err
		}
		cleanUp, err = makeTemporary(&cfg.Queue, s.err)
		return err
	})
	if err != nil {
		cleanUp(0)
		return err
	}
	listener, err := listen(ctx, c.Listen, c.PortFile)
	if err != nil {
		err = errors.Join(err, st.Close())
		cleanUp(0)
		return err
	}
	stop := st.start(ctx)
	fmt.Fprintf(s.err, "events wait %s\n", st.QueueDescription())
	fmt.Fprintf(s.err, "listening on http://%s, posts go to /events\n", listener.Addr())
	err = c.serve(ctx, st, listener)
	stop()
	err = errors.Join(err, st.Close(), c.closeLedger(s.out, st.Ledger()))
	cleanUp(st.Ledger().Held)
	return err
}

// serve runs the listener and the delivery side by side. The listener stays open
// during the drain, so that the connector is told to come again.
func (c *serveCommand) serve(ctx context.Context, st *station, listener net.Listener) error {
	handler := st.Handler()
	if st.pages != nil {
		handler = st.PostHandler()
	}
	server := newServer(handler)
	delivering, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var work sync.WaitGroup
	failed := make(chan error, 2)
	work.Go(func() { failed <- server.Serve(listener) })
	work.Go(func() {
		if err := st.Run(delivering); err != nil {
			failed <- err
		}
	})
	var err error
	select {
	case <-ctx.Done():
		err = c.drain(ctx, st.Exporter)
	case err = <-failed:
	}
	stop()
	err = errors.Join(err, server.Close())
	work.Wait()
	return err
}

// drain gives what is held time to be delivered. What is left then shows in the
// ledger.
func (d *drainage) drain(ctx context.Context, x *exporter.Exporter) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.DrainTimeout)
	defer cancel()
	if _, err := x.Drain(ctx); err != nil {
		return &unsettledError{fmt.Errorf("drain: %w", err)}
	}
	return nil
}
