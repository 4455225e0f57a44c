// Package dedup remembers insert ids for seven days, so that an event sent twice is
// stored once. It keeps 64 bits of a keyed hash per id and nothing else; two ids
// that collide, one pair in many billions, would be taken for one.
//
// Time is an argument. Only events that were taken may be remembered: a rejected
// event must be free to come again.
package dedup

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"time"
)

// Window is for how long an id is remembered.
const Window = 7 * 24 * time.Hour

const shards = 64

// Set holds the ids of one project. It is safe for concurrent use. The zero value
// is not usable.
type Set struct {
	seed   maphash.Seed
	shards [shards]shard
}

// shard is a flat table with linear probing: keys and, beside them, the second in
// which each was first seen. Keys past the window give way when it would grow.
type shard struct {
	mu   sync.Mutex // guards the rest
	keys []uint64   // 0: empty; the length is a power of two
	seen []uint32
	used int
}

// New returns an empty set.
func New() *Set { return &Set{seed: maphash.MakeSeed()} }

// Add remembers an insert id of a device, given by any 64-bit hash, and reports
// whether it was new. An id seen again within the window keeps its first time.
func (s *Set) Add(now time.Time, device uint64, insertID []byte) bool {
	key := s.key(device, insertID)
	sh := &s.shards[key%shards]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.add(key, uint32(now.Unix()))
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

func (s *Set) key(device uint64, insertID []byte) uint64 {
	// An odd multiplier and a rotation keep (device, id) apart from (id, device).
	k := maphash.Bytes(s.seed, insertID) ^ bits.RotateLeft64(device*0x9E3779B97F4A7C15, 31)
	if k == 0 {
		return 1
	}
	return k
}

const windowSeconds = uint32(Window / time.Second)

func (s *shard) add(key uint64, now uint32) bool {
	if s.used+1 > len(s.keys)/8*7 {
		s.rebuild(now)
	}
	i, found := s.look(key)
	if found && !past(s.seen[i], now) {
		return false
	}
	if !found {
		s.used++
	}
	s.keys[i], s.seen[i] = key, now
	return true
}

// past reports whether an id first seen at a second is forgotten now. The clock of
// a concurrent request may be a little behind.
func past(seen, now uint32) bool { return now >= seen && now-seen >= windowSeconds }

func (s *shard) look(key uint64) (int, bool) {
	mask := uint64(len(s.keys) - 1)
	// The low bits chose the shard.
	for i := key >> (64 - bits.Len64(mask)); ; i = (i + 1) & mask {
		switch s.keys[i] {
		case key:
			return int(i), true
		case 0:
			return int(i), false
		}
	}
}

// rebuild drops the ids past the window and resizes the table for the others.
func (s *shard) rebuild(now uint32) {
	live := 0
	for i, key := range s.keys {
		if key != 0 && !past(s.seen[i], now) {
			live++
		}
	}
	size := 16
	for size/2 < live+1 {
		size *= 2
	}
	keys, seen := s.keys, s.seen
	s.keys, s.seen, s.used = make([]uint64, size), make([]uint32, size), live
	for i, key := range keys {
		if key != 0 && !past(seen[i], now) {
			to, _ := s.look(key)
			s.keys[to], s.seen[to] = key, seen[i]
		}
	}
}
