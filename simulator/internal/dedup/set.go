package dedup

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"sync"
	"time"
)

// Window is for how long an id is remembered.
const Window = 7 * 24 * time.Hour

const shards = 64

// prefetchBatch is how many ids are looked up side by side: enough to hide the time that
// memory takes, few enough to stay in the nearest cache and its table of pages.
const prefetchBatch = 64

// Set holds the ids of one project. It is safe for concurrent use. The zero value
// is not usable.
type Set struct {
	seed   maphash.Seed
	shards [shards]shard
}

// shard holds the ids whose low bits are its number. Several shards are
// locked in ascending order.
type shard struct {
	mu sync.Mutex // guards the table
	table
	prefetched uint32 // see Set.prefetch
}

// New returns an empty set.
func New() *Set { return &Set{seed: maphash.MakeSeed()} }

// ID stands for an insert id of a device in a Set. The zero ID stands for none.
type ID uint64

// ID returns the ID of an insert id of a device, which is given by any 64-bit hash.
func (s *Set) ID(device uint64, insertID []byte) ID {
	// An odd multiplier and a rotation keep (device, id) apart from (id, device).
	id := maphash.Bytes(s.seed, insertID) ^ bits.RotateLeft64(device*0x9E3779B97F4A7C15, 31)
	if id < shards {
		id += shards // for a table does not see the bits that choose the shard
	}
	return ID(id)
}

func (i ID) shard() uint64 { return uint64(i) % shards }

// Add remembers ids, and returns the indexes of those that were known already or
// came before in the list. An id seen again within the window keeps its first time.
func (s *Set) Add(now time.Time, ids []ID) (again []int) {
	var mask uint64
	for _, id := range ids {
		if id != 0 {
			mask |= 1 << id.shard()
		}
	}
	for m := mask; m != 0; m &= m - 1 {
		s.shards[bits.TrailingZeros64(m)].mu.Lock()
	}
	second := uint32(now.Unix())
	from := 0
	for part := range slices.Chunk(ids, prefetchBatch) {
		s.prefetch(mask, part)
		for i, id := range part {
			if id != 0 && !s.shards[id.shard()].add(uint64(id), second) {
				again = append(again, from+i)
			}
		}
		from += len(part)
	}
	for m := mask; m != 0; m &= m - 1 {
		s.shards[bits.TrailingZeros64(m)].mu.Unlock()
	}
	return again
}

// prefetch reads the buckets of ids before any is changed, so that the misses of the
// caches, one for nearly every id in a large set, wait together and not in turn.
func (s *Set) prefetch(mask uint64, ids []ID) {
	if len(ids) < 2 || mask == 0 {
		return
	}
	sum := uint32(0)
	for _, id := range ids {
		if t := &s.shards[id.shard()].table; id != 0 && len(t.buckets) > 0 {
			sum += t.buckets[t.slot(uint64(id))].used
		}
	}
	s.shards[bits.TrailingZeros64(mask)].prefetched = sum // so that the loads are not optimized away
}

// Len is the number of ids in memory, some of them past the window.
func (s *Set) Len() int {
	n := 0
	for i := range s.shards {
		sh := &s.shards[i]
		sh.mu.Lock()
		n += sh.used
		sh.mu.Unlock()
	}
	return n
}
