package exporter

import "sync"

// notifier wakes any number of waiters when something has changed. Its zero value is
// ready.
type notifier struct {
	mu sync.Mutex // guards c
	c  chan struct{}
}

// next returns a channel that is closed at the next change. Ask before looking at
// the state, or a change in between goes unseen.
func (s *notifier) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

func (s *notifier) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}
