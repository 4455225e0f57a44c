package delivery

// limiter counts the events of one device or user, which is what Amplitude limits. The
// limiter of a device, and that of a user in events without a device, also has a lane.
//
// A limiter exists while an event names it, it is blocked, or its limit is lower than
// published and slots of it are in use; see limiters.forget. So the Scheduler's memory
// follows what it holds and not whom it has ever seen. There can be millions that are
// blocked, so it is small.
type limiter struct {
	id   string
	lane lane
	// The lanes whose first event this limiter blocks, the one that waits for longest first.
	firstWaiter, lastWaiter *lane

	throttledUntil elapsed // zero: it never was
	refs           int32   // events in the Scheduler that name it
	// used counts slots: events in an unsettled batch, and events accepted
	// less than a window ago.
	used int32
	// limit is the number of slots. It is halved when Amplitude throttles the id
	// and grows by one with every batch it accepts: the limit is for all
	// that the organization sends, and others may be using most of it.
	limit     int32
	user      bool // of a user, otherwise of a device
	quota     bool // throttled for its daily quota
	suspended bool // until Resume
	forgotten bool // it is not in limiters any more; a timer or a batch may still have it
}

// addWaiter lets a lane wait behind the others.
func (l *limiter) addWaiter(lane *lane) {
	lane.waitsFor, lane.before = l, l.lastWaiter
	if l.firstWaiter == nil {
		l.firstWaiter = lane
	} else {
		l.lastWaiter.behind = lane
	}
	l.lastWaiter = lane
}

// removeWaiter ends the waiting of a lane.
func (l *limiter) removeWaiter(lane *lane) {
	if lane.before == nil {
		l.firstWaiter = lane.behind
	} else {
		lane.before.behind = lane.behind
	}
	if lane.behind == nil {
		l.lastWaiter = lane.before
	} else {
		lane.behind.before = lane.before
	}
	lane.waitsFor, lane.before, lane.behind = nil, nil, nil
}

// blocks reports whether an event of the limiter has to wait.
func (l *limiter) blocks(now elapsed) bool {
	return l != nil && (l.used >= l.limit || l.isBlocked(now))
}

// isBlocked reports whether nothing of the limiter may be sent, by Amplitude's word or by
// Suspend.
func (l *limiter) isBlocked(now elapsed) bool {
	return l != nil && (l.suspended || l.isThrottled(now))
}

func (l *limiter) isThrottled(now elapsed) bool { return l.throttledUntil > now }

// decrease halves the limit, and keeps one slot so that delivery goes on.
func (l *limiter) decrease() { l.limit = max(1, l.limit/2) }

// increase adds a slot, up to the published limit.
func (l *limiter) increase(perSecond int) {
	if l != nil && int(l.limit) < perSecond {
		l.limit++
	}
}
