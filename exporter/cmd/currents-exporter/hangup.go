package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// endWithTerminal calls end when the terminal that the program was started at goes away.
// SIGHUP alone does not say that: it reads the settings again.
func endWithTerminal(ctx context.Context, file *os.File, end context.CancelFunc) {
	if !term.IsTerminal(int(file.Fd())) || signal.Ignored(syscall.SIGHUP) {
		return
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	for {
		select {
		case <-hangup:
			if !term.IsTerminal(int(file.Fd())) {
				end()
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
