// Package window reads an input through a buffer that slides over it.
package window

import (
	"errors"
	"io"
)

// Window is the part of an input that is in memory. Slices of it are valid until
// the next Fill.
type Window struct {
	r     io.Reader
	buf   []byte
	start int
	at    int64 // offset of buf[start] in the input
	err   error // why there is no more, io.EOF included
}

// New returns a window at the beginning of r.
func New(r io.Reader) Window { return Window{r: r} }

// Of returns a window on an input that is in memory already.
func Of(text []byte) Window { return Window{buf: text, err: io.EOF} }

// Offset returns the offset of Data in the input.
func (w *Window) Offset() int64 { return w.at }

// Data is what is in memory and not skipped.
func (w *Window) Data() []byte { return w.buf[w.start:] }

// Fill reads more; false means that there is no more.
func (w *Window) Fill() bool {
	if w.err != nil {
		return false
	}
	if w.start > 0 && (w.start == len(w.buf) || len(w.buf) == cap(w.buf)) {
		w.buf = w.buf[:copy(w.buf, w.Data())]
		w.start = 0
	}
	if len(w.buf) == cap(w.buf) {
		grown := make([]byte, len(w.buf), max(64<<10, 2*cap(w.buf)))
		copy(grown, w.buf)
		w.buf = grown
	}
	for range 100 { // a reader may return nothing now and then, but not forever
		n, err := w.r.Read(w.buf[len(w.buf):cap(w.buf)])
		w.buf = w.buf[:len(w.buf)+n]
		w.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	w.err = io.ErrNoProgress
	return false
}

// Need fills until n bytes are in memory; false if the input ends before.
func (w *Window) Need(n int) bool {
	for len(w.Data()) < n {
		if !w.Fill() {
			return false
		}
	}
	return true
}

// Skip drops the first n bytes of data.
func (w *Window) Skip(n int) {
	w.start += n
	w.at += int64(n)
}

// Failure is the reader's error, nil at an ordinary end.
func (w *Window) Failure() error {
	if errors.Is(w.err, io.EOF) {
		return nil
	}
	return w.err
}
