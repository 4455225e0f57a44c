// Command currents-exporter delivers Braze Currents events to Amplitude: from
// files and standard input (export), or as the receiving end of Braze's Custom
// HTTP connector (serve).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"github.com/ammeter/ammeter/exporter/internal/gogc"
	"github.com/ammeter/ammeter/internal/process"
)

func main() {
	gogc.Apply()
	ctx, cancel := context.WithCancel(context.Background())
	signals, ended := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	stop := &stopping{err: os.Stderr, exit: os.Exit}
	go stop.watch(signals, cancel, ended)
	go endWithTerminal(ctx, os.Stderr, cancel)
	code := run(ctx, os.Args[1:], streams{
		in: interruptible(ctx, os.Stdin), out: process.Stoppable(ctx, os.Stdout, process.OutputGrace), err: os.Stderr, stop: stop, divert: divertStandardError,
		interactive: term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("CI") == "" && os.Getenv("TERM") != "dumb",
	})
	close(ended)
	cancel()
	os.Exit(code)
}
