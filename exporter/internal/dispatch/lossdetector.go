package dispatch

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/exporter/ledger"
)

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

// checkLosses writes off what is held if the queue has nothing of it.
func (d *Dispatcher) checkLosses(now time.Time) {
	held := d.cfg.Ledger.Held()
	idle := d.inflight.events == 0 && held > 0
	if !d.losses.Observe(now, idle) {
		return
	}
	received := d.received
	d.run(func(ctx context.Context) func(time.Time) {
		spent, err := d.cfg.Queue.IsSpent(ctx)
		return func(now time.Time) {
			d.losses.Checked(now)
			switch {
			case err != nil && ctx.Err() == nil:
				d.cfg.Log.Warn("held events may be missing from the queue, will look again", "err", err)
			case err == nil && spent && d.received == received:
				// None of the held events was received since they were counted.
				d.writeOff(held)
			}
		}
	})
}

// writeOff drops events that were counted before the queue had nothing any more.
func (d *Dispatcher) writeOff(lost int64) {
	d.cfg.Ledger.Add(ledger.Counts{Held: -lost, Dropped: map[string]int64{ledger.QueueDamaged: lost}})
	d.committer.RecordLost(lost)
	d.cfg.Log.Error("events were lost with damaged files of the queue: export their time range again", "events", lost)
	d.cfg.OnSettled()
}
