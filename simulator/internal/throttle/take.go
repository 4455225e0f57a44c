package throttle

import (
	"math/bits"
	"slices"
	"time"
)

// Demand is what one event asks for: room for its device and for its user. An
// event without a device counts for its user alone.
type Demand struct{ Device, User Key }

// Excess tells that an id of an event is over a limit.
type Excess struct {
	Event int
	User  bool // the user, otherwise the device
	Quota bool // the daily quota, otherwise the rate
	Full  bool // neither: there is no memory to count the id; see Table.Bound
	// Value is what the answer reports: events per second, rounded up, or events
	// in the rolling day. It counts the events that were turned away.
	Value int
}

// Take counts the events of a request, all of them or, if any id would exceed a
// limit, none. It returns every id of every event that is over a limit, in the
// order of the events, and nil if the events were counted.
func (t *Table) Take(now time.Time, ep Endpoint, demands []Demand) []Excess {
	mask := shardsOf(demands)
	t.lock(mask)
	defer t.unlock(mask)
	if full := t.unaccountable(now, ep, mask, demands); full != nil {
		return full
	}

	// Counting first and asking later needs one walk where all is well.
	over, sec := false, second(now)
	for part := range slices.Chunk(demands, together) {
		t.touch(mask, part)
		for _, d := range part {
			over = t.count(sec, ep, d.Device, false) || over
			over = t.count(sec, ep, d.User, true) || over
		}
	}
	if !over {
		return nil
	}
	found := t.excesses(sec, ep, demands)
	if !t.shards[bits.TrailingZeros64(mask)].limits.CountRefused {
		for _, d := range demands {
			t.uncount(sec, ep, d.Device, false)
			t.uncount(sec, ep, d.User, true)
		}
	}
	t.suspect(found, demands)
	return found
}

func shardsOf(demands []Demand) (mask uint64) {
	for _, d := range demands {
		if d.Device != 0 {
			mask |= 1 << d.Device.shard()
		}
		if d.User != 0 {
			mask |= 1 << d.User.shard()
		}
	}
	return mask
}

// touch reads the cells of all demands. In a table of millions nearly every cell is
// a miss of all caches; loads that do not depend on each other wait together, where
// counting one event after the other would wait once for each.
func (t *Table) touch(mask uint64, demands []Demand) {
	if len(demands) < 2 || mask == 0 {
		return
	}
	sum := uint64(0)
	for _, d := range demands {
		for _, k := range [...]Key{d.Device, d.User} {
			if k == 0 {
				continue // nobody: the shard may not be locked
			}
			c := t.shards[k.shard()].cells
			i := c.home(uint64(k))
			sum += c.slots[i].id + c.slots[min(i+1, len(c.slots)-1)].id // often in the next line
		}
	}
	t.shards[bits.TrailingZeros64(mask)].touched = sum // so that the loads are not optimized away
}

// account returns the shard of a key, if an id of its kind is limited, or nil.
func (t *Table) account(k Key, user bool) *shard {
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
	s := t.account(k, user)
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
	s := t.account(k, user)
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

func (t *Table) excesses(second uint32, ep Endpoint, demands []Demand) []Excess {
	var found []Excess
	for i, d := range demands {
		found = t.excess(found, second, ep, d.Device, Excess{Event: i})
		found = t.excess(found, second, ep, d.User, Excess{Event: i, User: true})
	}
	return found
}

// excess appends what is wrong with one id of one event, given its place.
func (t *Table) excess(found []Excess, second uint32, ep Endpoint, k Key, at Excess) []Excess {
	s := t.account(k, at.User)
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
