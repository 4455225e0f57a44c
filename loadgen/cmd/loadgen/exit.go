package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ammeter/ammeter/internal/printable"
)

const (
	exitFailed      = 1
	exitUsage       = 2
	exitNoResult    = 3
	exitThreshold   = 99
	exitInterrupted = 130
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
