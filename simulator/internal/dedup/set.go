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

// parts is how many tables a set has. Each grows by itself, so that no request waits until
// all of a large set has been moved.
const parts = 64

// prefetchBatch is how many ids are looked up side by side: enough to hide the time that
// memory takes, few enough to stay in the nearest cache and its table of pages.
const prefetchBatch = 64

// Set holds the ids of one project. It is safe for concurrent use. The zero value
// is not usable.
type Set struct {
	seed maphash.Seed

	mu         sync.Mutex   // guards the rest
	parts      [parts]table // by the low bits of the ids
	prefetched uint32       // see prefetch
}

// New returns an empty set.
func New() *Set { return &Set{seed: maphash.MakeSeed()} }

// ID stands for an insert id of a device in a Set. The zero ID stands for none.
type ID uint64

// ID returns the ID of an insert id of a device, which is given by any 64-bit hash.
func (s *Set) ID(device uint64, insertID []byte) ID {
	// An odd multiplier and a rotation keep (device, id) apart from (id, device).
	id := maphash.Bytes(s.seed, insertID) ^ bits.RotateLeft64(device*0x9E3779B97F4A7C15, 31)
	if id < parts {
		id += parts // for a table does not see the bits that choose the part
	}
	return ID(id)
}

// part holds an id.
func (s *Set) part(id ID) *table { return &s.parts[id%parts] }

// Add remembers ids, and returns the indexes of those that were known already or
// came before in the list. An id seen again within the window keeps its first time.
func (s *Set) Add(now time.Time, ids []ID) (again []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	second := uint32(now.Unix())
	from := 0
	for batch := range slices.Chunk(ids, prefetchBatch) {
		s.prefetch(batch)
		for i, id := range batch {
			if id != 0 && !s.part(id).add(uint64(id), second) {
				again = append(again, from+i)
			}
		}
		from += len(batch)
	}
	return again
}

// prefetch reads the buckets of ids before any is changed, so that the misses of the
// caches, one for nearly every id in a large set, wait together and not in turn.
func (s *Set) prefetch(ids []ID) {
	if len(ids) < 2 {
		return
	}
	sum := uint32(0)
	for _, id := range ids {
		if t := s.part(id); len(t.buckets) > 0 {
			sum += t.buckets[t.slot(uint64(id))].used
		}
	}
	s.prefetched = sum // so that the loads are not optimized away
}

// Len is the number of ids in memory, some of them past the window.
func (s *Set) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for i := range s.parts {
		n += s.parts[i].used
	}
	return n
}
