package cohort

import (
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// BatchIDs is the most ids that the partner takes in one request (Braze, cohort
// import page).
const BatchIDs = 1000

// Sync is how far one cohort has come on its way to one partner. It decides what
// to send and when, and gets the result back: Begin, send, End.
type Sync struct {
	period time.Duration // between runs; 0 for a single run
	known  Acked
	title  string    // as the partner has taken it
	next   time.Time // next run; zero for none
	run    *run      // the run that is being tried, if any
	status control.SyncStatus
}

// run is what one run still has to bring.
type run struct {
	start   time.Time
	attempt int // retries so far
	at      time.Time
	title   string // empty if the partner has it already
	batches [][]Change
	lost    bool // something was refused for good
}

// Attempt is what to send now: first the title, if there is one, and only when
// that was taken the batches.
type Attempt struct {
	Title   string
	Batches [][]Change
}

// Result is what became of an Attempt.
type Result struct {
	Title   error   // nil if it was taken, or not sent
	Batches []error // one for each batch; nil if they were not sent
}

// newSync returns a sync whose first run is due at once.
func newSync(period time.Duration, now time.Time) *Sync {
	return &Sync{period: period, known: Acked{}, next: now, status: control.SyncStatus{State: control.SyncWaiting}}
}

// At is when the sync acts next; zero if it does not.
func (s *Sync) At() time.Time {
	if s.run != nil {
		return s.run.at
	}
	return s.next
}

// Restart makes a run due, in place of one that is being retried.
func (s *Sync) Restart(now time.Time) { s.run, s.next = nil, now }

// Begin returns what to send. A retry sends what its run still has to bring, a new
// run what has changed since the last request.
func (s *Sync) Begin(title string, members Set, now time.Time) Attempt {
	if s.run == nil {
		s.run = &run{start: now, at: now}
		if title != s.title {
			s.run.title = title
		}
		s.run.batches = slices.Collect(slices.Chunk(s.known.Diff(members), BatchIDs))
		s.status.LastRun, s.status.Error = &s.run.start, ""
		if s.period > 0 {
			s.next = after(s.next, s.period, now)
		} else {
			s.next = time.Time{}
		}
	}
	return Attempt{s.run.title, s.run.batches}
}

// End notes what became of the attempt that Begin returned.
func (s *Sync) End(r Result, now time.Time) {
	if s.run.title != "" {
		s.count(r.Title)
		if r.Title == nil {
			s.title, s.run.title = s.run.title, ""
		}
	}
	s.run.batches = s.settle(r.Batches)
	switch {
	case r.Title != nil && permanent(r.Title):
		s.run.lost = true
		s.finish()
	case s.run.title == "" && len(s.run.batches) == 0, s.run.attempt == Retries:
		s.finish()
	default:
		s.run.attempt++
		s.run.at = now.Add(backoff(s.run.attempt))
		s.status.State = control.SyncRetrying
	}
}

// settle records the result of the batches that were sent and returns those to retry.
func (s *Sync) settle(results []error) [][]Change {
	if results == nil {
		return s.run.batches
	}
	var again [][]Change
	for i, err := range results {
		s.count(err)
		switch batch := s.run.batches[i]; {
		case err == nil:
			s.known.Ack(batch)
		case permanent(err):
			s.known.Uncertain(batch)
			s.run.lost = true
		default:
			s.known.Uncertain(batch)
			again = append(again, batch)
		}
	}
	return again
}

func (s *Sync) count(err error) {
	s.status.Requests++
	if err != nil {
		s.status.Error = err.Error()
	}
}

func (s *Sync) finish() {
	s.status.State = control.SyncDone
	if s.run.lost || s.run.title != "" || len(s.run.batches) > 0 {
		s.status.State = control.SyncFailed
	}
	s.status.Runs++
	s.run = nil
}

// Status returns the state for the control API.
func (s *Sync) Status() control.SyncStatus {
	status := s.status
	status.Title, status.Members = s.title, s.known.Members()
	if s.run != nil {
		status.Attempt = s.run.attempt
	}
	if at := s.At(); !at.IsZero() {
		status.NextAt = &at
	}
	return status
}
