package limits

import (
	"sync"
	"time"
)

// Volume counts what a whole project sends, by the second of the clock. It is safe
// for concurrent use; the zero value is ready.
type Volume struct {
	mu sync.Mutex // guards the rest
	by [endpoints]struct {
		second           int64
		events, requests int
	}
}

// Take counts a request with its events, or returns the limit that it exceeds.
func (v *Volume) Take(now time.Time, ep Endpoint, events int, l *Limits) (limit int, over bool) {
	if l.ProjectEvents == 0 && l.ProjectRequests == 0 {
		return 0, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	c := &v.by[ep]
	// A request that was stamped before another one may come here after it, and then
	// counts for the newer second: going back would forget what that one has taken.
	if s := now.Unix(); s > c.second {
		c.second, c.events, c.requests = s, 0, 0
	}
	if l.ProjectRequests > 0 && c.requests+1 > l.ProjectRequests {
		return l.ProjectRequests, true
	}
	if l.ProjectEvents > 0 && c.events+events > l.ProjectEvents {
		return l.ProjectEvents, true
	}
	c.requests, c.events = c.requests+1, c.events+events
	return 0, false
}

// Clear forgets all counts.
func (v *Volume) Clear() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.by = [endpoints]struct {
		second           int64
		events, requests int
	}{}
}
