package main

import (
	"errors"
	"fmt"
	"io"
)

// usageError is an error in the command line, not in the run.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitError is an error with an exit code of its own.
type exitError struct {
	error

	code int
}

func (e exitError) Unwrap() error { return e.error }

func exitCode(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if of, ok := errors.AsType[exitError](err); ok {
		return of.code
	}
	return exitFailed
}

func printError(stderr io.Writer, err error, code int) int {
	fmt.Fprintf(stderr, "amplitude-simulator: %v\n", err)
	if code == exitUsage {
		fmt.Fprintln(stderr, "Run amplitude-simulator --help for the flags.")
	}
	return code
}
