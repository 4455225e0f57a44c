package limits

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

const shards = 64

// prefetchBatch is how many events are looked up side by side: enough to hide the time that
// memory takes, few enough to stay in the nearest cache and its table of pages.
const prefetchBatch = 32

// Table holds the counts of one project. It is safe for concurrent use.
type Table struct {
	device, user maphash.Seed // apart, so that equal ids are different keys

	bound int           // ids it may have in memory, 0 for any number; guarded by any shard, changed with all
	used  atomic.Int64  // ids in memory or about to be, if there is a bound
	swept atomic.Uint32 // second of the last sweep because of the bound

	shards [shards]shard
}

// shard holds the counts of the keys whose low bits are its number. Several
// shards are locked in ascending order.
type shard struct {
	mu         sync.Mutex // guards the rest
	limits     Limits     // the same in every shard
	cells      *cells
	flagged    map[Key]struct{} // those that ever exceeded a rate, if quotas ask for it
	prefetched uint64           // see Table.prefetch
}

// New returns a table without counts. The limits must pass Check.
func New(l Limits) *Table {
	t := &Table{device: maphash.MakeSeed(), user: maphash.MakeSeed()}
	t.SetLimits(l)
	return t
}

// Limits returns the limits in force.
func (t *Table) Limits() Limits {
	t.shards[0].mu.Lock()
	defer t.shards[0].mu.Unlock()
	return t.shards[0].limits
}

// SetLimits replaces the limits, which must pass Check. Counts stay unless the
// shape of their window changes.
func (t *Table) SetLimits(l Limits) {
	t.lock(^uint64(0))
	defer t.unlock(^uint64(0))
	for i := range t.shards {
		s := &t.shards[i]
		old := s.cells
		if old == nil || s.limits.Window != l.Window || s.limits.QuotaStep != l.QuotaStep {
			s.cells = newCells(l.Window, l.QuotaStep)
		}
		if old != nil && s.cells != old {
			s.cells.migrate(old)
		}
		s.limits = l
	}
	t.recount()
}

// Clear forgets all counts. The limits stay.
func (t *Table) Clear() {
	t.lock(^uint64(0))
	defer t.unlock(^uint64(0))
	for i := range t.shards {
		s := &t.shards[i]
		s.cells, s.flagged = newCells(s.limits.Window, s.limits.QuotaStep), nil
	}
	t.recount()
}

// Key stands for a device or a user in a Table. The zero Key stands for neither.
type Key uint64

// Device returns the key of a device id.
func (t *Table) Device(id []byte) Key { return key(maphash.Bytes(t.device, id)) }

// User returns the key of a user id.
func (t *Table) User(id []byte) Key { return key(maphash.Bytes(t.user, id)) }

// key makes sure that a key is not all zero without the bits that choose its shard.
func key(hash uint64) Key {
	if hash < shards {
		hash += shards
	}
	return Key(hash)
}

func (k Key) shard() uint64 { return uint64(k) % shards }

// lock locks the shards in the mask, in ascending order.
func (t *Table) lock(mask uint64) {
	for m := mask; m != 0; m &= m - 1 {
		t.shards[bits.TrailingZeros64(m)].mu.Lock()
	}
}

func (t *Table) unlock(mask uint64) {
	for m := mask; m != 0; m &= m - 1 {
		t.shards[bits.TrailingZeros64(m)].mu.Unlock()
	}
}

// Tracked is the number of devices and users in memory: those whose windows are not
// empty, and some whose are and that have not been given back yet.
func (t *Table) Tracked() int {
	n := 0
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		n += s.cells.used
		s.mu.Unlock()
	}
	return n
}

// second is the number of the bucket of a rate that now falls into.
func second(now time.Time) uint32 { return uint32(now.Unix()) }
