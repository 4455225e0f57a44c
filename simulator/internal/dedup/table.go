package dedup

import (
	"math/bits"
	"time"
)

const (
	windowSeconds = uint32(Window / time.Second)
	timeBits      = 22            // of a time: 48 days in seconds
	timeSpan      = 1 << timeBits // seconds
	lowBits       = parts - 1     // of a key: the same in a whole table

	bucketSlots = 6
	minBuckets  = 4
)

// bucket is a line of the cache, and all that most keys of a large table need. Times
// are the second in which a key was first seen, since the base of the table.
type bucket struct {
	keys  [bucketSlots]uint64 // with the low bits of the time in place of theirs; 0: empty
	times [bucketSlots]uint16 // the other bits of the time
	used  uint32              // slots, from the first on
}

// table is a flat table of buckets. A key whose bucket is full is in one of the next.
// Keys past the window give way when it would grow.
//
// The keys lie in their order, but for those that found their bucket full: that
// makes growing a walk from the front to the back. A table that only grows is 59 to
// 85 % full, 15 bytes for each key on average; one that has begun to forget takes
// smaller steps, which keep it 68 % full at least.
type table struct {
	buckets []bucket
	base    uint32
	used    int
}

// add remembers a key and reports whether it was new.
func (t *table) add(key uint64, now uint32) bool {
	if t.used >= len(t.buckets)*bucketSlots*17/20 || now >= t.base && now-t.base >= timeSpan {
		t.rebuild(now)
	}
	b, i := t.find(key)
	if i == int(b.used) {
		b.used++
		t.used++
	} else if !expired(t.first(b, i), now) {
		return false
	}
	t.put(b, i, key, now)
	return true
}

// expired reports whether an id first seen at a second is forgotten now. The clock of
// a concurrent request may be a little behind.
func expired(seen, now uint32) bool { return now >= seen && now-seen >= windowSeconds }

// slot is the bucket where the search for a key begins.
func (t *table) slot(key uint64) int {
	hi, _ := bits.Mul64(key&^lowBits, uint64(len(t.buckets)))
	return int(hi)
}

// find returns the slot of a key, or the unused one where it belongs. No key equals that
// of an unused slot, which is 0.
func (t *table) find(key uint64) (b *bucket, i int) {
	for n := t.slot(key); ; n++ {
		if n == len(t.buckets) {
			n = 0
		}
		b = &t.buckets[n]
		for i, k := range &b.keys {
			if k^key < parts {
				return b, i
			}
		}
		if b.used < bucketSlots {
			return b, int(b.used)
		}
	}
}

// first is the second in which the key of a slot was first seen.
func (t *table) first(b *bucket, i int) uint32 {
	return t.base + (uint32(b.times[i])*parts | uint32(b.keys[i]&lowBits))
}

func (t *table) put(b *bucket, i int, key uint64, second uint32) {
	since := uint32(0) // for a request that was overtaken by one that moved the base
	if second > t.base {
		since = second - t.base
	}
	b.keys[i] = key&^lowBits | uint64(since%parts)
	b.times[i] = uint16(since / parts)
}

// rebuild drops the keys past the window, and makes a table for the others.
func (t *table) rebuild(now uint32) {
	live := 0
	t.each(func(b *bucket, i int) {
		if !expired(t.first(b, i), now) {
			live++
		}
	})
	percent := 170
	if live < t.used {
		percent = 146
	}
	old := *t
	*t = table{
		buckets: make([]bucket, live*percent/(100*bucketSlots)+minBuckets),
		base:    max(now, windowSeconds) - windowSeconds, used: live,
	}
	old.each(func(from *bucket, i int) {
		if first := old.first(from, i); !expired(first, now) {
			to := t.insertSlot(from.keys[i])
			to.used++
			t.put(to, int(to.used)-1, from.keys[i], first)
		}
	})
}

// insertSlot is the bucket for a key that is not in the table.
func (t *table) insertSlot(key uint64) *bucket {
	n := t.slot(key)
	for t.buckets[n].used == bucketSlots {
		if n++; n == len(t.buckets) {
			n = 0
		}
	}
	return &t.buckets[n]
}

func (t *table) each(visit func(b *bucket, i int)) {
	for n := range t.buckets {
		b := &t.buckets[n]
		for i := range b.used {
			visit(b, int(i))
		}
	}
}
