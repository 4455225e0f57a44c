package limits

import (
	"slices"
	"time"
)

// SetMaxTracked limits the number of devices and users in memory to n; 0 lifts the limit.
//
// A full table refuses ids that it does not hold (Violation.Full) and goes on counting the
// others: it fails closed instead of forgetting a count.
func (t *Table) SetMaxTracked(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bound = n
}

// admit returns nil if there is room for the ids of a request that are new to the table,
// otherwise those ids.
func (t *Table) admit(now time.Time, ep Endpoint, keys []EventKeys) (full []Violation) {
	if t.bound == 0 || t.fits(ep, keys) || t.sweep(now) && t.fits(ep, keys) {
		return nil
	}
	return t.refused(ep, keys)
}

// fits reports whether there is room for the new ids of a request.
func (t *Table) fits(ep Endpoint, keys []EventKeys) bool {
	return t.tracked()+len(t.untracked(ep, keys)) <= t.bound
}

// sweep drops the ids whose windows have run empty, once in a second at most, and reports
// whether it did.
func (t *Table) sweep(now time.Time) bool {
	if t.swept == second(now) {
		return false
	}
	t.swept = second(now)
	for i := range t.parts {
		t.parts[i].rebuild(t.swept)
	}
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
	c := t.limited(k, user)
	if c == nil || t.limits.Rate[ep] == 0 && (t.limits.Quota == 0 || !t.hasQuota(k)) {
		return false
	}
	_, known := c.find(uint64(k))
	return !known
}
