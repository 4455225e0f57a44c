package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/process"
)

type serveCommand struct {
	deliveryFlags
	listenFlags
	drainFlags
}

// listenFlags are the flags for the posts of the connector.
type listenFlags struct {
	Listen    string `env:"CURRENTS_LISTEN,CURRENTS_EXPORTER_LISTEN" default:"127.0.0.1:8090" placeholder:"HOST:PORT" help:"Where to listen for POST /events; port 0 picks a free one (default: ${default})."`
	PortFile  string `type:"path" placeholder:"FILE" help:"Write the port to this file once it is open."`
	Token     string `placeholder:"TOKEN" help:"Bearer token that posts must carry. Prefer the environment or --token-file."`
	TokenFile string `type:"path" placeholder:"FILE" help:"File that holds the bearer token. Overrides --token. Read again on SIGHUP."`

	AllowAnonymous bool   `help:"Listen beyond this machine without a token: whoever reaches the port can post events."`
	TLSCert        string `name:"tls-cert" type:"path" placeholder:"FILE" help:"Serve TLS with this certificate, in PEM, at --listen and --admin-listen. Read again when it changes."`
	TLSKey         string `name:"tls-key" type:"path" placeholder:"FILE" help:"Key of that certificate, in PEM."`

	MaxBody int64 `default:"33554432" placeholder:"BYTES" help:"Largest post to take, before and after decompression (default: ${default})."`
}

// drainFlags are the flag of commands that run until they are stopped.
type drainFlags struct {
	DrainTimeout time.Duration `default:"20s" help:"How long to go on delivering what is held after SIGTERM or SIGINT (default: ${default}, well below the 30 s after which Kubernetes kills). A second signal ends at once. Export without --watch does not drain: it ends at the first."`
}

// adjust puts the flags into the exporter's configuration.
func (r *listenFlags) adjust(cfg *exporter.Config) error {
	var wrong []error
	if cfg.MaxBody = r.MaxBody; r.MaxBody <= 0 {
		wrong = append(wrong, &usageError{errors.New("--max-body must be more than zero")})
	}
	var unread error
	cfg.Token, unread = credential("token", r.TokenFile, r.Token)
	wrong = append(wrong, unread)
	switch err := address("--listen", r.Listen); {
	case err != nil:
		wrong = append(wrong, err)
	case unread == nil && cfg.Token == "" && !r.AllowAnonymous && !staysHere(r.Listen):
		wrong = append(wrong, &usageError{fmt.Errorf("--listen %s is open to other machines, and posts need no token: set --token-file, "+
			"or give --allow-anonymous if something in front of it checks who posts", r.Listen)})
	}
	return errors.Join(wrong...)
}

// Run serves until ctx ends, then finishes what it has and prints the ledger.
func (c *serveCommand) Run(ctx context.Context, s streams, in *invocation) error {
	process.SurviveClosedOutput()
	cleanUp := func(bool, int64) {}
	st, err := c.newApp(ctx, s, in, &c.listenFlags, func(cfg *exporter.Config) (err error) {
		if err := c.adjust(cfg); err != nil {
			return err
		}
		cleanUp, err = makeTemporary(&cfg.Queue, s.err)
		return err
	})
	if err != nil {
		cleanUp(true, 0)
		return err
	}
	listener, err := openPort(ctx, "--listen", c.Listen, c.PortFile)
	if err != nil {
		err = errors.Join(err, st.abandon())
		cleanUp(true, 0)
		return err
	}
	stop := st.start(ctx)
	fmt.Fprintln(s.err, c.unknownTypes())
	fmt.Fprintf(s.err, "events wait %s\n", st.QueueDescription())
	fmt.Fprintf(s.err, "listening on %s, posts go to /events\n", st.url(listener))
	s.stop.say(func() { c.lastWords(s, st) })
	err = c.serve(ctx, st, listener)
	stop()
	empty := st.isEmpty(ctx)
	err = errors.Join(err, st.Close(), c.closeLedger(s.out, st))
	cleanUp(empty, st.Ledger().Held)
	return err
}

// serve runs the listener and the delivery side by side. The listener stays open
// during the drain, so that the connector is told to come again.
func (c *serveCommand) serve(ctx context.Context, st *app, listener net.Listener) error {
	handler := st.Handler()
	if st.pages != nil {
		handler = st.PostHandler()
	}
	server := newServer(handler, st.certificate.config(), st.log)
	delivering, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var work sync.WaitGroup
	failed := make(chan error, 2)
	work.Go(func() { failed <- serveOn(server, st.Observe(listener)) })
	work.Go(func() {
		if err := st.Run(delivering); err != nil {
			failed <- err
		}
	})
	var err error
	select {
	case <-ctx.Done():
		err = c.drain(ctx, st)
	case err = <-failed:
	}
	stop()
	err = errors.Join(err, server.Close())
	work.Wait()
	return err
}

const (
	// refusedPatience is how long a drain goes on while Amplitude refuses the key: a
	// new one may be on its way, but nothing else helps.
	refusedPatience = 2 * time.Second
	refusedPoll     = 50 * time.Millisecond
)

// drain gives what is held time to be delivered. What is left then shows in the
// ledger.
func (d *drainFlags) drain(ctx context.Context, st *app) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.DrainTimeout)
	defer cancel()
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	refusedFor := time.Duration(0)
	stop := every(refusedPoll, func(time.Time) {
		if refusedFor += refusedPoll; !st.refused.Load() {
			refusedFor = 0
		}
		if refusedFor >= refusedPatience {
			giveUp(exporter.ErrKeyRefused)
		}
	})
	defer stop()
	_, err := st.Drain(ctx)
	switch {
	case err != nil && errors.Is(context.Cause(ctx), exporter.ErrKeyRefused):
		err = fmt.Errorf("%s not delivered: %w", plural.Of(st.Ledger().Held, "event"), exporter.ErrKeyRefused)
	case errors.Is(err, context.DeadlineExceeded):
		over := fmt.Sprintf("--drain-timeout %v is over", d.DrainTimeout)
		err = errors.New(strings.ReplaceAll(err.Error(), context.DeadlineExceeded.Error(), over))
	}
	if err != nil {
		return &unsettledError{fmt.Errorf("drain: %w", err)}
	}
	return nil
}
