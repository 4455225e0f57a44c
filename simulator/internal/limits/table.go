package limits

import (
	"hash/maphash"
	"sync"
	"time"
)

// parts is how many parts a table has. Each grows by itself, so that no request waits until
// all of a large table has been moved.
const parts = 64

// prefetchBatch is how many events are looked up side by side: enough to hide the time that
// memory takes, few enough to stay in the nearest cache and its table of pages.
const prefetchBatch = 32

// Table holds the counts of one project. It is safe for concurrent use.
//
// It has one lock and not one for each part: a request is counted whole or not at all, so
// that requests of more than a few events would wait for each other anyway.
type Table struct {
	device, user maphash.Seed // apart, so that equal ids are different keys

	mu         sync.Mutex // guards the rest
	limits     Limits
	bound      int              // ids it may have in memory, 0 for any number
	swept      uint32           // second of the last sweep because of the bound
	flagged    map[Key]struct{} // those that ever exceeded a rate, if quotas ask for it
	parts      [parts]cells     // by the low bits of the keys
	prefetched uint64           // see prefetch
}

// New returns a table without counts. The limits must pass Check.
func New(l Limits) *Table {
	t := &Table{device: maphash.MakeSeed(), user: maphash.MakeSeed(), limits: l}
	t.Clear()
	return t
}

// Limits returns the limits in force.
func (t *Table) Limits() Limits {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.limits
}

// SetLimits replaces the limits, which must pass Check. Counts stay unless the
// shape of their window changes.
func (t *Table) SetLimits(l Limits) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.limits.Window != l.Window || t.limits.QuotaStep != l.QuotaStep {
		for i := range t.parts {
			old := t.parts[i]
			t.parts[i] = *newCells(l.Window, l.QuotaStep)
			t.parts[i].migrate(&old)
		}
	}
	t.limits = l
}

// Clear forgets all counts. The limits stay.
func (t *Table) Clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.parts {
		t.parts[i] = *newCells(t.limits.Window, t.limits.QuotaStep)
	}
	t.flagged = nil
}

// Key stands for a device or a user in a Table. The zero Key stands for neither.
type Key uint64

// Device returns the key of a device id.
func (t *Table) Device(id []byte) Key { return key(maphash.Bytes(t.device, id)) }

// User returns the key of a user id.
func (t *Table) User(id []byte) Key { return key(maphash.Bytes(t.user, id)) }

// key makes sure that a key is not all zero without the bits that choose its part.
func key(hash uint64) Key {
	if hash < parts {
		hash += parts
	}
	return Key(hash)
}

// part holds the cell of a key.
func (t *Table) part(k Key) *cells { return &t.parts[k%parts] }

// Tracked is the number of devices and users in memory: those whose windows are not
// empty, and some whose are and that have not been given back yet.
func (t *Table) Tracked() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tracked()
}

func (t *Table) tracked() int {
	n := 0
	for i := range t.parts {
		n += t.parts[i].used
	}
	return n
}

// second is the number of the bucket of a rate that now falls into.
func second(now time.Time) uint32 { return uint32(now.Unix()) }
