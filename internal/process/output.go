package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"
)

// OutputGrace is how long after its end a program waits for whoever reads its output.
const OutputGrace = 2 * time.Second

// errNotRead is returned for output that waits in a full pipe.
var errNotRead = errors.New("the output is not read: stopped without the rest of it")

// Stoppable returns a writer to w that gives up what is not written within grace after ctx
// has ended: a reader that does not read must not keep the program from ending.
func Stoppable(ctx context.Context, w io.Writer, grace time.Duration) io.Writer {
	return &stoppable{ctx: ctx, to: w, grace: grace}
}

type stoppable struct {
	ctx   context.Context // a writer has no other way to a context
	grace time.Duration

	mu      sync.Mutex // guards what follows, and is held while something is written
	to      io.Writer
	givenUp bool
}

type written struct {
	n   int
	err error
}

func (s *stoppable) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.givenUp {
		return 0, errNotRead
	}
	text, done := bytes.Clone(p), make(chan written, 1)
	go func() { // one that waits ends with the program
		n, err := s.to.Write(text)
		done <- written{n, err}
	}()
	select {
	case w := <-done:
		return w.n, w.err
	case <-s.ctx.Done():
	}
	select {
	case w := <-done:
		return w.n, w.err
	case <-time.After(s.grace):
		s.givenUp = true
		return 0, errNotRead
	}
}
