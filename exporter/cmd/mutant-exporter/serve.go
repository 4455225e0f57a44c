package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

type serveCommand struct {
	destination
	Listen       string        `required:"" env:"CURRENTS_LISTEN" help:"Where to listen."`
	DrainTimeout time.Duration `default:"8s" help:"How long to go on delivering after SIGTERM."`
}

// Run serves until the context ends, then finishes what the mutant has, in its way.
func (c *serveCommand) Run(j *job) error {
	ctx := j.ctx
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	x, handler, flush, err := j.mutant.New(running, c.config(j.complaints))
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	const headers = 10 * time.Second
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headers}
	var work sync.WaitGroup
	work.Go(func() { _ = server.Serve(listener) }) // ends with the error that Close makes
	work.Go(func() { _ = x.Run(running) })         // ends with the context
	<-ctx.Done()
	if !j.mutant.Quits {
		err = c.drain(ctx, x, flush)
	}
	stop()
	err = errors.Join(err, server.Close())
	work.Wait()
	return errors.Join(err, x.Close())
}

func (c *serveCommand) drain(ctx context.Context, x *exporter.Exporter, flush func(context.Context)) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.DrainTimeout)
	defer cancel()
	flush(ctx)
	ledger, err := x.Drain(ctx)
	flush(ctx)
	if err == nil && ledger.Held > 0 {
		err = errHeld
	}
	return err
}
