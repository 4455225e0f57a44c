package currents

import (
	"errors"
	"io"
)

// window is the part of an input that is in memory: it slides over a reader
// and knows its offset. Slices of it are valid until the next fill.
type window struct {
	r     io.Reader
	buf   []byte
	start int
	at    int64 // offset of buf[start] in the input
	err   error // why there is no more, io.EOF included
}

// windowOf is a window on a text that is in memory already. at is the offset
// of the text in the input.
func windowOf(text []byte, at int64) window {
	return window{buf: text, at: at, err: io.EOF}
}

// data is what is in memory and not skipped.
func (w *window) data() []byte { return w.buf[w.start:] }

// fill reads more; false means that there is no more.
func (w *window) fill() bool {
	if w.err != nil {
		return false
	}
	if w.start > 0 && (w.start == len(w.buf) || len(w.buf) == cap(w.buf)) {
		w.buf = w.buf[:copy(w.buf, w.data())]
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

// need fills until n bytes are in memory; false if the input ends before.
func (w *window) need(n int) bool {
	for len(w.data()) < n {
		if !w.fill() {
			return false
		}
	}
	return true
}

// skip drops the first n bytes of data.
func (w *window) skip(n int) {
	w.start += n
	w.at += int64(n)
}

// failure is the reader's error, nil at an ordinary end.
func (w *window) failure() error {
	if errors.Is(w.err, io.EOF) {
		return nil
	}
	return w.err
}
