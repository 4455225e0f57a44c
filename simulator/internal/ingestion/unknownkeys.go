package ingestion

import (
	"sync"
	"time"
)

// reportEvery is how long unknown keys are counted between two reports.
const reportEvery = time.Minute

// unknownKeys counts the requests with keys that were never created. The usual cause
// is a key that was not created, whose client sees nothing but 400s.
type unknownKeys struct {
	report func(requests int) // may be nil

	mu       sync.Mutex // guards the rest
	requests int
	reported time.Time
}

// note counts a request at an instant of real time.
func (u *unknownKeys) note(now time.Time) {
	if u.report == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.requests++
	if !u.reported.IsZero() && now.Sub(u.reported) < reportEvery {
		return
	}
	u.report(u.requests)
	u.requests, u.reported = 0, now
}
