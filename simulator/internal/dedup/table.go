package dedup

import (
	"math/bits"
	"time"
)

const (
	windowSeconds = uint32(Window / time.Second)
	timeBytes     = 3                    // for 194 days
	timeSpan      = 1 << (8 * timeBytes) // seconds
	leastSize     = 16
)

// table is a flat table with linear probing: keys and, beside them, the second in
// which each was first seen. Keys past the window give way when it would grow.
//
// The keys lie in their order, but for the probing: that makes growing a walk from
// the front to the back, and cheap enough to be done in small steps, which keep the
// table 71 to 85 % full.
type table struct {
	keys []uint64 // 0: empty
	seen []byte   // timeBytes for each key: the second since base
	base uint32
	used int
}

// add remembers a key and reports whether it was new.
func (t *table) add(key uint64, now uint32) bool {
	if t.used+1 > len(t.keys)*17/20 || now >= t.base && now-t.base >= timeSpan {
		t.rebuild(now)
	}
	i, found := t.look(key)
	if found && !past(t.first(i), now) {
		return false
	}
	if !found {
		t.used++
	}
	t.put(i, key, now)
	return true
}

// past reports whether an id first seen at a second is forgotten now. The clock of
// a concurrent request may be a little behind.
func past(seen, now uint32) bool { return now >= seen && now-seen >= windowSeconds }

func (t *table) home(key uint64) int {
	hi, _ := bits.Mul64(key, uint64(len(t.keys)))
	return int(hi)
}

// look finds the slot of a key, or the empty one where it belongs.
func (t *table) look(key uint64) (i int, found bool) {
	for i = t.home(key); ; i++ {
		if i == len(t.keys) {
			i = 0
		}
		if k := t.keys[i]; k == key || k == 0 {
			return i, k == key
		}
	}
}

// first is the second in which the key of a slot was first seen.
func (t *table) first(i int) uint32 {
	b := t.seen[i*timeBytes : i*timeBytes+timeBytes]
	return t.base + (uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16)
}

func (t *table) put(i int, key uint64, second uint32) {
	since := uint32(0) // for a request that was overtaken by one that moved the base
	if second > t.base {
		since = second - t.base
	}
	t.keys[i] = key
	b := t.seen[i*timeBytes : i*timeBytes+timeBytes]
	b[0], b[1], b[2] = byte(since), byte(since>>8), byte(since>>16)
}

// rebuild drops the ids past the window, and makes a table for the others that is
// 71 % full.
func (t *table) rebuild(now uint32) {
	live := 0
	for i, key := range t.keys {
		if key != 0 && !past(t.first(i), now) {
			live++
		}
	}
	old := *t
	size := live/100*141 + live%100*141/100 + leastSize
	*t = table{keys: make([]uint64, size), seen: make([]byte, size*timeBytes), base: max(now, windowSeconds) - windowSeconds, used: live}
	for i, key := range old.keys {
		if key == 0 || past(old.first(i), now) {
			continue
		}
		to, _ := t.look(key)
		t.put(to, key, old.first(i))
	}
}
