package throttle

import (
	"math/bits"
	"time"
)

// Bound limits the number of devices and users in memory to about n; 0 lifts the
// limit.
//
// A table that is full refuses ids that it does not know (Excess.Full) and goes on
// with those that it does: it fails closed instead of forgetting a count.
func (t *Table) Bound(n int) {
	t.lock(^uint64(0))
	defer t.unlock(^uint64(0))
	for i := range t.shards {
		t.shards[i].bound = (n + shards - 1) / shards
	}
}

// unaccountable returns the ids that there is no memory for. The shards are locked.
func (t *Table) unaccountable(now time.Time, ep Endpoint, mask uint64, demands []Demand) []Excess {
	full := uint64(0)
	for m := mask; m != 0; m &= m - 1 {
		n := bits.TrailingZeros64(m)
		if s := &t.shards[n]; s.bound > 0 && s.full(now) {
			full |= 1 << n
		}
	}
	if full == 0 {
		return nil
	}
	var found []Excess
	for i, d := range demands {
		if t.stranger(full, ep, d.Device, false) {
			found = append(found, Excess{Event: i, Full: true})
		}
		if t.stranger(full, ep, d.User, true) {
			found = append(found, Excess{Event: i, User: true, Full: true})
		}
	}
	return found
}

// full reports whether the shard is at its bound, after a sweep of windows that have
// run empty. It sweeps once in a second at most.
func (s *shard) full(now time.Time) bool {
	if s.cells.used >= s.bound && s.swept != second(now) {
		s.swept = second(now)
		s.cells.rebuild(second(now))
	}
	return s.cells.used >= s.bound
}

// stranger reports whether a key would need memory in a full shard.
func (t *Table) stranger(full uint64, ep Endpoint, k Key, user bool) bool {
	if k == 0 || full&(1<<k.shard()) == 0 {
		return false
	}
	s := &t.shards[k.shard()]
	if user && !s.limits.Users || s.limits.Rate[ep] == 0 && (s.limits.Quota == 0 || !s.hasQuota(k)) {
		return false
	}
	_, known := s.cells.look(uint64(k))
	return !known
}
