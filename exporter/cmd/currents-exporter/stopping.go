package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/ammeter/ammeter/internal/process"
)

// lastWordsLimit bounds what is done between a second signal and the end.
const lastWordsLimit = 2 * time.Second

// stopping turns signals into the end of the program: the first one ends the work
// in order, the second one ends the program at once.
type stopping struct {
	err  io.Writer
	exit func(code int)

	mu        sync.Mutex // guards err and lastWords
	lastWords func()
}

// say sets what to do before an end at once. Nil: nothing.
func (s *stopping) say(lastWords func()) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastWords = lastWords
}

// tell sets where it is told that the program ends at once.
func (s *stopping) tell(to io.Writer) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = to
}

// watch ends with the program or with stop.
func (s *stopping) watch(signals <-chan os.Signal, cancel context.CancelFunc, stop <-chan struct{}) {
	process.OnSignals(signals, stop, func(os.Signal) { cancel() }, s.endNow)
}

func (s *stopping) endNow(sig os.Signal) {
	s.mu.Lock()
	lastWords := s.lastWords
	fmt.Fprintf(s.err, "currents-exporter: second signal (%v): stopping at once\n", sig)
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if lastWords != nil {
			lastWords()
		}
	}()
	select {
	case <-done:
	case <-time.After(lastWordsLimit):
	}
	s.exit(exitAtOnce)
}
