package exporter

import "sync"

// signal tells any number of waiters that something has changed. Its zero value
// is ready.
type signal struct {
	mu sync.Mutex // guards c
	c  chan struct{}
}

// next returns a channel that is closed at the next change. Ask before looking at
// the state, or a change in between goes unseen.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

func (s *signal) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
