package journal

import "time"

// Evicted is how many events of an account, from an instant on, a search may miss
// because they have been evicted. It is an upper bound.
func (j *Journal) Evicted(name string, since time.Time) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	a := j.lookup(name)
	if !since.IsZero() && a.evictedUntil < since.UnixNano() {
		return 0
	}
	return a.evictedEvents
}

// Size is the memory that requests take, and its bound.
func (j *Journal) Size() (bytes, bound int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes, j.maxBytes
}
