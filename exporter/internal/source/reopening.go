package source

import (
	"errors"
	"fmt"
	"io"
)

// maxReopens is how often in a row, without a byte in between, a connection may
// break.
const maxReopens = 4

// reopeningReader reads an object over connections that break: a store hangs up on a
// reader that has to wait for its events to be delivered.
type reopeningReader struct {
	size    int64
	open    func(at int64) (io.ReadCloser, error)
	r       io.ReadCloser
	at      int64
	reopens int
}

func newReopeningReader(size int64, open func(at int64) (io.ReadCloser, error)) (*reopeningReader, error) {
	r, err := open(0)
	if err != nil {
		return nil, err
	}
	return &reopeningReader{size: size, open: open, r: r}, nil
}

// Read reads on, after a broken connection over a new one.
func (o *reopeningReader) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	o.at += int64(n)
	if n > 0 {
		o.reopens = 0
	}
	if errors.Is(err, io.EOF) && o.at < o.size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, o.reopen(err)
}

func (o *reopeningReader) reopen(cause error) error {
	if o.reopens++; o.reopens > maxReopens {
		return cause
	}
	r, err := o.open(o.at)
	if err != nil {
		return fmt.Errorf("read on at byte %d after %w: %w", o.at, cause, err)
	}
	// The broken connection has nothing more to say.
	_ = o.r.Close()
	o.r = r
	return nil
}

// Close closes the connection.
func (o *reopeningReader) Close() error { return o.r.Close() }
