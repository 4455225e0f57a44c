package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/mutant"
)

// run serves until ctx ends, then finishes what the mutant has, in its way.
func (c *serveCommand) run(ctx context.Context, m mutant.Mutant, complaints io.Writer) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	x, handler, flush, err := m.New(running, c.config(complaints))
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
	if !m.Quits {
		err = c.drain(ctx, x, flush)
	}
	stop()
	err = errors.Join(err, server.Close())
	work.Wait()
	return err
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
