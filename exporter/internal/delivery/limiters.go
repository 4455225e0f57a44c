package delivery

import "strings"

// limiters are those of all devices, or of all users.
type limiters struct {
	ofUsers   bool
	perSecond int
	byID      map[string]*limiter
	// recent counts the slots in use of ids that have no limiter. At full speed nearly all
	// ids are like that: one event was accepted less than a window ago, and none is
	// waiting. A count takes up a third of the memory of a limiter.
	recent map[string]int32
}

func newLimiters(ofUsers bool, perSecond int) limiters {
	return limiters{ofUsers: ofUsers, perSecond: perSecond, byID: make(map[string]*limiter), recent: make(map[string]int32)}
}

// get returns the limiter of an id, and makes it if there is none.
func (a *limiters) get(id string) *limiter {
	l := a.byID[id]
	if l == nil {
		// The caller's text may be a part of a much larger one.
		l = &limiter{user: a.ofUsers, id: strings.Clone(id), limit: int32(a.perSecond)}
		a.byID[l.id] = l
		if l.used = a.recent[id]; l.used > 0 {
			delete(a.recent, id)
		}
	}
	return l
}

// find returns the limiter of an id, or nil if no event of the id is held and none was
// accepted less than a window ago.
func (a *limiters) find(id string) *limiter {
	if l := a.byID[id]; l != nil {
		return l
	}
	if a.recent[id] == 0 {
		return nil
	}
	return a.get(id)
}

// forget removes a limiter that no event names and that is not blocked. A limit that was
// halved stays as long as slots are in use.
func (a *limiters) forget(l *limiter, now elapsed) {
	if l == nil || l.forgotten || l.refs > 0 || l.isBlocked(now) {
		return
	}
	if l.used > 0 {
		if int(l.limit) < a.perSecond {
			return
		}
		a.recent[l.id] = l.used
	}
	l.forgotten = true
	delete(a.byID, l.id)
}

// releaseRecent releases a slot of an id that has no limiter. It reports false for one that
// has.
func (a *limiters) releaseRecent(id string) bool {
	switch used := a.recent[id]; used {
	case 0:
		return false
	case 1:
		delete(a.recent, id)
	default:
		a.recent[id] = used - 1
	}
	return true
}
