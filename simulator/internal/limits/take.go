package limits

import (
	"slices"
	"time"
)

// EventKeys are the keys of the device and of the user of one event. An event without a
// device counts for its user alone.
type EventKeys struct{ Device, User Key }

// Violation is an id of an event that is over a limit.
type Violation struct {
	Event int
	User  bool // the user, otherwise the device
	Quota bool // the daily quota, otherwise the rate
	Full  bool // neither: there is no memory to count the id; see Table.SetMaxTracked
	// Value is what the answer reports: events per second, rounded up, or events
	// in the rolling day. It counts the events that were turned away.
	Value int
}

// Take counts the events of a request, all of them or, if any id would exceed a
// limit, none. It returns every id of every event that is over a limit, in the
// order of the events, and nil if the events were counted.
func (t *Table) Take(now time.Time, ep Endpoint, keys []EventKeys) []Violation {
	t.mu.Lock()
	defer t.mu.Unlock()
	if full := t.admit(now, ep, keys); full != nil {
		return full
	}
	// Counting first and asking later needs one walk where all is well.
	over, sec := false, second(now)
	for part := range slices.Chunk(keys, prefetchBatch) {
		t.prefetch(part)
		for _, d := range part {
			over = t.count(sec, ep, d.Device, false) || over
			over = t.count(sec, ep, d.User, true) || over
		}
	}
	if !over {
		return nil
	}
	found := t.violations(sec, ep, keys)
	if !t.limits.CountRefused {
		for _, d := range keys {
			t.uncount(sec, ep, d.Device, false)
			t.uncount(sec, ep, d.User, true)
		}
	}
	t.flag(found, keys)
	return found
}

// prefetch reads the cells of all keys. In a table of millions nearly every cell is
// a miss of all caches; loads that do not depend on each other wait together, where
// counting one event after the other would wait once for each.
func (t *Table) prefetch(keys []EventKeys) {
	sum := uint64(0)
	for _, d := range keys {
		for _, k := range [...]Key{d.Device, d.User} {
			c := t.part(k)
			i := c.slot(uint64(k))
			sum += c.slots[i].id + c.slots[min(i+1, len(c.slots)-1)].id // often in the next line
		}
	}
	t.prefetched = sum // so that the loads are not optimized away
}

// limited returns the part of a key, or nil if its id is not limited.
func (t *Table) limited(k Key, user bool) *cells {
	if k == 0 || user && !t.limits.Users {
		return nil
	}
	return t.part(k)
}

// count adds one event and reports whether it is one too many.
func (t *Table) count(second uint32, ep Endpoint, k Key, user bool) bool {
	c := t.limited(k, user)
	if c == nil {
		return false
	}
	l := &t.limits
	rate, quota := l.Rate[ep] > 0, l.Quota > 0 && t.hasQuota(k)
	if !rate && !quota {
		return false
	}
	over := false
	s := c.at(uint64(k), second)
	if rate {
		over = l.exceeds(int(c.addRate(s, ep)), l.Rate[ep]*l.Window)
	}
	if quota {
		over = l.exceeds(int(c.addDay(s)), l.Quota) || over
	}
	return over
}

// uncount takes back a count.
func (t *Table) uncount(second uint32, ep Endpoint, k Key, user bool) {
	c := t.limited(k, user)
	if c == nil {
		return
	}
	s := c.known(uint64(k), second)
	if s == nil {
		return
	}
	if t.limits.Rate[ep] > 0 {
		c.undoRate(s, ep)
	}
	if t.limits.Quota > 0 && t.hasQuota(k) {
		c.undoDay(s)
	}
}

func (t *Table) violations(second uint32, ep Endpoint, keys []EventKeys) []Violation {
	var found []Violation
	for i, d := range keys {
		found = t.violation(found, second, ep, d.Device, Violation{Event: i})
		found = t.violation(found, second, ep, d.User, Violation{Event: i, User: true})
	}
	return found
}

// violation appends what is wrong with one id of one event, given its place.
func (t *Table) violation(found []Violation, second uint32, ep Endpoint, k Key, at Violation) []Violation {
	c := t.limited(k, at.User)
	if c == nil {
		return found
	}
	s := c.known(uint64(k), second)
	if s == nil {
		return found
	}
	l := &t.limits
	if l.Rate[ep] > 0 {
		if n := int(c.sumRate(s, ep)); l.exceeds(n, l.Rate[ep]*l.Window) {
			rate := at
			rate.Value = (n + l.Window - 1) / l.Window
			found = append(found, rate)
		}
	}
	if l.Quota > 0 && t.hasQuota(k) {
		if n := int(c.sumDay(s)); l.exceeds(n, l.Quota) {
			quota := at
			quota.Quota, quota.Value = true, n
			found = append(found, quota)
		}
	}
	return found
}
