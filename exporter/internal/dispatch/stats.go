package dispatch

import (
	"maps"
	"sync"
	"time"
)

// lagFresh is how long the lag of an accepted event describes the present.
const lagFresh = time.Minute

// Stats are delivery metrics at one moment.
type Stats struct {
	// Requests were answered or failed, and carried EventsSent in all. Answers counts
	// them by class.
	Requests, EventsSent int64
	Answers              map[string]int64
	KeyRefused           bool
	// Throttled is the number of ids that are left alone at present.
	Throttled int
	// Paused is the number of lanes that an operator has paused.
	Paused int
	// Lag is how old the last accepted event was when it was accepted.
	Lag    time.Duration
	HasLag bool // false: nothing was accepted for a while
	// Oldest is when the oldest chunk in flight was received; zero: there is none.
	Oldest time.Time
}

// stats collects delivery metrics. It is safe for concurrent use.
type stats struct {
	mu    sync.Mutex // guards what follows
	now   Stats
	lagAt time.Time // when Lag was measured
}

// Answered counts an upload of n events and the class of its answer.
func (s *stats) Answered(n int, class string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.Answers == nil {
		s.now.Answers = make(map[string]int64)
	}
	s.now.Requests++
	s.now.EventsSent += int64(n)
	s.now.Answers[class]++
}

// Observe records the state of the dispatcher.
func (s *stats) Observe(keyRefused bool, throttled, paused int, oldest time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.KeyRefused, s.now.Throttled, s.now.Paused, s.now.Oldest = keyRefused, throttled, paused, oldest
}

// Accepted records how old an event was when it was accepted.
func (s *stats) Accepted(now time.Time, lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Lag, s.lagAt = max(lag, 0), now
}

// Snapshot returns the present metrics.
func (s *stats) Snapshot(now time.Time) Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	snapshot := s.now
	snapshot.Answers = maps.Clone(s.now.Answers)
	snapshot.HasLag = !s.lagAt.IsZero() && now.Sub(s.lagAt) < lagFresh
	return snapshot
}
