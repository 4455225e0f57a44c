package limits

import (
	"math/bits"
	"slices"
	"time"
)

// SetMaxTracked limits the number of devices and users in memory to n; 0 lifts the limit.
//
// A full table refuses ids that it does not hold (Violation.Full) and goes on counting the
// others: it fails closed instead of forgetting a count.
func (t *Table) SetMaxTracked(n int) {
	t.lock(^uint64(0))
	defer t.unlock(^uint64(0))
	t.bound = n
	t.recount()
}

// recount sets the number of ids in memory. All shards are locked.
func (t *Table) recount() {
	used := 0
	for i := range t.shards {
		used += t.shards[i].cells.used
	}
	t.used.Store(int64(used))
}

// usedIn is the number of ids in the shards of a mask, which are locked.
func (t *Table) usedIn(mask uint64) int64 {
	used := 0
	for m := mask; m != 0; m &= m - 1 {
		used += t.shards[bits.TrailingZeros64(m)].cells.used
	}
	return int64(used)
}

// admit takes room for the ids of a request that are new to a bounded table, or
// returns those for which there is none. The shards of the mask are locked; others may
// be counting in the other shards, so the room is taken first and judged then.
func (t *Table) admit(now time.Time, ep Endpoint, mask uint64, keys []EventKeys) (room int64, full []Violation) {
	if room = t.reserve(ep, keys); room >= 0 {
		return room, nil
	}
	if t.sweepAll(now, mask) {
		if room = t.reserve(ep, keys); room >= 0 {
			return room, nil
		}
	}
	return 0, t.refused(ep, keys)
}

// reserve takes room for the new ids of a request and returns how much, or -1 if there
// is not enough.
func (t *Table) reserve(ep Endpoint, keys []EventKeys) int64 {
	room := int64(len(t.untracked(ep, keys)))
	if room > 0 && t.used.Add(room) > int64(t.bound) {
		t.used.Add(-room)
		return -1
	}
	return room
}

// sweepAll drops the ids whose windows have run empty, in all shards, once in a second
// at most, and reports whether it did. It gives the shards of the mask away meanwhile.
func (t *Table) sweepAll(now time.Time, mask uint64) bool {
	if t.swept.Swap(second(now)) == second(now) {
		return false
	}
	t.unlock(mask)
	t.lock(^uint64(0))
	for i := range t.shards {
		t.shards[i].cells.rebuild(second(now))
	}
	t.recount()
	t.unlock(^uint64(0))
	t.lock(mask)
	return true
}

// untracked are the ids that a request needs memory for, each once.
func (t *Table) untracked(ep Endpoint, keys []EventKeys) []Key {
	var fresh []Key
	for _, d := range keys {
		if t.isUntracked(ep, d.Device, false) {
			fresh = append(fresh, d.Device)
		}
		if t.isUntracked(ep, d.User, true) {
			fresh = append(fresh, d.User)
		}
	}
	slices.Sort(fresh)
	return slices.Compact(fresh)
}

// refused lists the ids of a request that there is no memory for.
func (t *Table) refused(ep Endpoint, keys []EventKeys) []Violation {
	var found []Violation
	for i, d := range keys {
		if t.isUntracked(ep, d.Device, false) {
			found = append(found, Violation{Event: i, Full: true})
		}
		if t.isUntracked(ep, d.User, true) {
			found = append(found, Violation{Event: i, User: true, Full: true})
		}
	}
	return found
}

// isUntracked reports whether a key is counted and not in memory.
func (t *Table) isUntracked(ep Endpoint, k Key, user bool) bool {
	if k == 0 {
		return false
	}
	s := &t.shards[k.shard()]
	if user && !s.limits.Users || s.limits.Rate[ep] == 0 && (s.limits.Quota == 0 || !s.hasQuota(k)) {
		return false
	}
	_, known := s.cells.find(uint64(k))
	return !known
}
