package dispatch

import "time"

// lossCheckInterval is how long the dispatcher is idle before lost events are looked
// for, and the time between two checks.
const lossCheckInterval = time.Second

// lossDetector finds events that are held by the ledger and not stored any more,
// because files of the queue were damaged. Without it a drain would never end.
type lossDetector struct {
	idleSince time.Time // or the last check; zero: not idle
	checking  bool
}

// Observe reports whether to ask the queue now. idle says that events are held and
// that none is in flight. This is briefly true while events move between source, queue
// and scheduler. Checked must follow.
func (l *lossDetector) Observe(now time.Time, idle bool) bool {
	switch {
	case l.checking:
		return false
	case !idle:
		l.idleSince = time.Time{}
		return false
	case l.idleSince.IsZero():
		l.idleSince = now
	}
	if now.Sub(l.idleSince).Abs() < lossCheckInterval {
		return false
	}
	l.checking = true
	return true
}

// Checked ends a check.
func (l *lossDetector) Checked(now time.Time) { l.checking, l.idleSince = false, now }

// Wake returns when to call Observe again, if nothing else happens before.
func (l *lossDetector) Wake() (time.Time, bool) {
	return l.idleSince.Add(lossCheckInterval), !l.idleSince.IsZero() && !l.checking
}
