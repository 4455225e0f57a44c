package limits

import (
	"math/bits"
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
	mask := shardsOf(keys)
	if mask == 0 {
		return nil
	}
	t.lock(mask)
	defer t.unlock(mask)
	if t.bound == 0 {
		return t.take(now, ep, mask, keys)
	}
	room, full := t.admit(now, ep, mask, keys)
	if full != nil {
		return full
	}
	before := t.usedIn(mask)
	found := t.take(now, ep, mask, keys)
	// Tables that grow drop what has run empty.
	t.used.Add(t.usedIn(mask) - before - room)
	return found
}

// take is Take with the shards locked and room for all ids.
func (t *Table) take(now time.Time, ep Endpoint, mask uint64, keys []EventKeys) []Violation {
	// Counting first and asking later needs one walk where all is well.
	over, sec := false, second(now)
	for part := range slices.Chunk(keys, prefetchBatch) {
		t.prefetch(mask, part)
		for _, d := range part {
			over = t.count(sec, ep, d.Device, false) || over
			over = t.count(sec, ep, d.User, true) || over
		}
	}
	if !over {
		return nil
	}
	found := t.violations(sec, ep, keys)
	if !t.shards[bits.TrailingZeros64(mask)].limits.CountRefused {
		for _, d := range keys {
			t.uncount(sec, ep, d.Device, false)
			t.uncount(sec, ep, d.User, true)
		}
	}
	t.flag(found, keys)
	return found
}

func shardsOf(keys []EventKeys) (mask uint64) {
	for _, d := range keys {
		if d.Device != 0 {
			mask |= 1 << d.Device.shard()
		}
		if d.User != 0 {
			mask |= 1 << d.User.shard()
		}
	}
	return mask
}

// prefetch reads the cells of all keys. In a table of millions nearly every cell is
// a miss of all caches; loads that do not depend on each other wait together, where
// counting one event after the other would wait once for each.
func (t *Table) prefetch(mask uint64, keys []EventKeys) {
	if len(keys) < 2 || mask == 0 {
		return
	}
	sum := uint64(0)
	for _, d := range keys {
		for _, k := range [...]Key{d.Device, d.User} {
			if k == 0 {
				continue // of no id: the shard may not be locked
			}
			c := t.shards[k.shard()].cells
			i := c.slot(uint64(k))
			sum += c.slots[i].id + c.slots[min(i+1, len(c.slots)-1)].id // often in the next line
		}
	}
	t.shards[bits.TrailingZeros64(mask)].prefetched = sum // so that the loads are not optimized away
}

// limited returns the shard of a key, if an id of its kind is limited, or nil.
func (t *Table) limited(k Key, user bool) *shard {
	if k == 0 {
		return nil
	}
	s := &t.shards[k.shard()]
	if user && !s.limits.Users {
		return nil
	}
	return s
}

// count adds one event and reports whether it is one too many.
func (t *Table) count(second uint32, ep Endpoint, k Key, user bool) bool {
	s := t.limited(k, user)
	if s == nil {
		return false
	}
	l := &s.limits
	rate, quota := l.Rate[ep] > 0, l.Quota > 0 && s.hasQuota(k)
	if !rate && !quota {
		return false
	}
	over := false
	c := s.cells.at(uint64(k), second)
	if rate {
		over = l.exceeds(int(s.cells.addRate(c, ep)), l.Rate[ep]*l.Window)
	}
	if quota {
		over = l.exceeds(int(s.cells.addDay(c)), l.Quota) || over
	}
	return over
}

// uncount takes back a count. The shards have been locked in between.
func (t *Table) uncount(second uint32, ep Endpoint, k Key, user bool) {
	s := t.limited(k, user)
	if s == nil {
		return
	}
	c := s.cells.known(uint64(k), second)
	if c == nil {
		return
	}
	if s.limits.Rate[ep] > 0 {
		s.cells.undoRate(c, ep)
	}
	if s.limits.Quota > 0 && s.hasQuota(k) {
		s.cells.undoDay(c)
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
	s := t.limited(k, at.User)
	if s == nil {
		return found
	}
	c := s.cells.known(uint64(k), second)
	if c == nil {
		return found
	}
	l := &s.limits
	if l.Rate[ep] > 0 {
		if n := int(s.cells.sumRate(c, ep)); l.exceeds(n, l.Rate[ep]*l.Window) {
			rate := at
			rate.Value = (n + l.Window - 1) / l.Window
			found = append(found, rate)
		}
	}
	if l.Quota > 0 && s.hasQuota(k) {
		if n := int(s.cells.sumDay(c)); l.exceeds(n, l.Quota) {
			quota := at
			quota.Quota, quota.Value = true, n
			found = append(found, quota)
		}
	}
	return found
}
