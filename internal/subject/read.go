package subject

import (
	"context"
	"errors"
	"time"
)

// Input is events that are there from the start, for an exporter that reads them
// and ends. One of Stdin, Dir and Variables is set.
type Input struct {
	// Kind is the name of the input, as a subject claims it. The exporter gets it as
	// CURRENTS_INPUT.
	Kind string
	// Stdin is the exporter's standard input.
	Stdin []byte
	// Dir is a directory of files. The exporter gets it as CURRENTS_DIR.
	Dir string
	// Variables say, as NAME=value, where an input is that is neither.
	Variables []string
}

// Reader is a Subject whose exporters also read an input that ends. Read returns
// when the exporter has ended by itself, with what it printed; the error reports that
// it did not end well or not in time. It may be called many times, also
// concurrently.
type Reader interface {
	Subject
	Read(ctx context.Context, env Env, in Input) (output []byte, err error)
}

// ErrNotReady is returned when an exporter was started and runs, and does not say that
// it is ready.
var ErrNotReady = errors.New("the exporter is not ready")

// ReadTimeout is how long an exporter may take for an input that ends.
const ReadTimeout = time.Minute
