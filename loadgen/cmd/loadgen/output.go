package main

import "io"

// output passes text on and remembers the first write that failed: on a full disk the
// exit code says so, whichever line it was.
type output struct {
	to  io.Writer
	err error
}

// Write writes p.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}
