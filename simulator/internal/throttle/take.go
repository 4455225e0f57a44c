package throttle

import (
	"math/bits"
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
	var mask uint64
	for _, d := range demands {
		if d.Device != 0 {
			mask |= 1 << d.Device.shard()
		}
		if d.User != 0 {
			mask |= 1 << d.User.shard()
		}
	}
	t.lock(mask)
	defer t.unlock(mask)
	if full := t.unaccountable(now, ep, mask, demands); full != nil {
		return full
	}

	// Counting first and asking later needs one walk where all is well.
	over := false
	for _, d := range demands {
		over = t.count(now, ep, d.Device, false) || over
		over = t.count(now, ep, d.User, true) || over
	}
	if !over {
		return nil
	}
	found := t.excesses(now, ep, demands)
	if !t.shards[bits.TrailingZeros64(mask)].limits.CountRefused {
		for _, d := range demands {
			t.uncount(ep, d.Device, false)
			t.uncount(ep, d.User, true)
		}
	}
	t.suspect(found, demands)
	return found
}

// count adds one event and reports whether it is one too many.
func (t *Table) count(now time.Time, ep Endpoint, k Key, user bool) bool {
	if k == 0 {
		return false
	}
	s := &t.shards[k.shard()]
	l := &s.limits
	if user && !l.Users {
		return false
	}
	over := false
	if l.Rate[ep] > 0 {
		over = l.exceeds(int(s.rate[ep].add(uint64(k), second(now), 1)), l.Rate[ep]*l.Window)
	}
	if l.Quota > 0 && s.hasQuota(k) {
		over = l.exceeds(int(s.quota.add(uint64(k), quotaStep(now, *l), 1)), l.Quota) || over
	}
	return over
}

func (t *Table) uncount(ep Endpoint, k Key, user bool) {
	if k == 0 {
		return
	}
	s := &t.shards[k.shard()]
	l := &s.limits
	if user && !l.Users {
		return
	}
	if l.Rate[ep] > 0 {
		s.rate[ep].undo(uint64(k), 1)
	}
	if l.Quota > 0 && s.hasQuota(k) {
		s.quota.undo(uint64(k), 1)
	}
}

func (t *Table) excesses(now time.Time, ep Endpoint, demands []Demand) []Excess {
	var found []Excess
	for i, d := range demands {
		found = t.excess(found, now, ep, d.Device, Excess{Event: i})
		found = t.excess(found, now, ep, d.User, Excess{Event: i, User: true})
	}
	return found
}

// excess appends what is wrong with one id of one event, given its place.
func (t *Table) excess(found []Excess, now time.Time, ep Endpoint, k Key, at Excess) []Excess {
	if k == 0 {
		return found
	}
	s := &t.shards[k.shard()]
	l := &s.limits
	if at.User && !l.Users {
		return found
	}
	if l.Rate[ep] > 0 {
		if n := int(s.rate[ep].sum(uint64(k), second(now))); l.exceeds(n, l.Rate[ep]*l.Window) {
			rate := at
			rate.Value = (n + l.Window - 1) / l.Window
			found = append(found, rate)
		}
	}
	if l.Quota > 0 && s.hasQuota(k) {
		if n := int(s.quota.sum(uint64(k), quotaStep(now, *l))); l.exceeds(n, l.Quota) {
			quota := at
			quota.Quota, quota.Value = true, n
			found = append(found, quota)
		}
	}
	return found
}
