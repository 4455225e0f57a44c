package main

import (
	"context"
	"io"
	"sync"
)

// interruptible returns a reader of r that returns the error of ctx as soon as ctx
// ends, although a Read of r may wait without end for whoever writes to the pipe.
// Nothing is read of r before the first Read.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	return &pumped{ctx: ctx, from: r}
}

type pumped struct {
	ctx  context.Context // a reader has no other way to a context
	from io.Reader
	once sync.Once
	pipe *io.PipeReader
}

func (p *pumped) Read(b []byte) (int, error) {
	p.once.Do(func() {
		in, out := io.Pipe()
		p.pipe = in
		context.AfterFunc(p.ctx, func() { out.CloseWithError(p.ctx.Err()) })
		go func() {
			// A pump that waits for its source ends with the program.
			_, err := io.Copy(out, p.from)
			out.CloseWithError(err)
		}()
	})
	return p.pipe.Read(b)
}
