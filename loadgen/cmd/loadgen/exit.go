package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ammeter/ammeter/internal/printable"
)

// Exit codes of all commands.
const (
	exitFailed      = 1   // of a run: requests failed, events were lost, or a program died
	exitUsage       = 2   // wrong flags, or a scenario that is none
	exitNoResult    = 3   // nothing is known about the target
	exitThreshold   = 99  // a threshold is broken
	exitInterrupted = 130 // by a signal
)

// exit is an error with the exit code it leads to.
type exit struct {
	code int
	error
}

func (e exit) Unwrap() error { return e.error }

// invalid is about the content of a scenario, where help on flags is no help.
type invalid struct{ error }

func (i invalid) Unwrap() error { return i.error }

func usage(err error) error    { return exit{exitUsage, err} }
func noResult(err error) error { return exit{exitNoResult, err} }

// complain prints an error and returns the exit code.
func complain(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if errors.Is(err, context.Canceled) { // by a signal, before there was anything to report
		err = exit{exitInterrupted, errors.New("interrupted")}
	}
	fmt.Fprintf(w, "loadgen: %s\n", printable.Text(err.Error()))
	var e exit
	if !errors.As(err, &e) {
		return exitNoResult
	}
	if e.code == exitUsage && !errors.As(err, new(invalid)) {
		fmt.Fprintln(w, "Try: loadgen --help")
	}
	return e.code
}

// worse keeps the first error of the kind that matters most: a broken threshold
// says something about the exporter, the others about the run.
func worse(a, b error) error {
	if a == nil {
		return b
	}
	var x, y exit
	if errors.As(a, &x) && errors.As(b, &y) && x.code != exitThreshold && y.code == exitThreshold {
		return b
	}
	return a
}
