package jetstream

import (
	"testing"

	"pgregory.net/rapid"
)

// A set of ranges holds what a set of single sequences would hold.
func TestSeqSet_likeAPlainSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const most = 40
		draw := func(name string) (s seqSet, plain map[uint64]bool) {
			plain = map[uint64]bool{}
			for range rapid.IntRange(0, 8).Draw(t, name) {
				first, last := rapid.Uint64Range(1, most).Draw(t, "first"), rapid.Uint64Range(1, most).Draw(t, "last")
				s = s.add(first, last)
				for seq := first; seq <= last; seq++ {
					plain[seq] = true
				}
			}
			return s, plain
		}
		a, plainA := draw("a")
		b, plainB := draw("b")
		left, front := a.minus(b), a.upTo(most/2)
		size, last := uint64(0), uint64(0)
		for seq := range uint64(most + 2) {
			if a.has(seq) != plainA[seq] {
				t.Fatalf("%v has %d: %v", a, seq, a.has(seq))
			}
			if left.has(seq) != (plainA[seq] && !plainB[seq]) {
				t.Fatalf("%v minus %v is %v", a, b, left)
			}
			if front.has(seq) != (plainA[seq] && seq <= most/2) {
				t.Fatalf("%v up to %d is %v", a, most/2, front)
			}
			if want := plainA[seq] && plainA[seq+1]; a.includes(seqRange{seq, seq + 1}) != want {
				t.Fatalf("%v includes %d and the next: %v", a, seq, !want)
			}
			if plainA[seq] {
				size, last = size+1, seq
			}
		}
		if a.size() != size || a.last() != last {
			t.Fatalf("%v: size %d, last %d; want %d and %d", a, a.size(), a.last(), size, last)
		}
		for i := 1; i < len(a); i++ {
			if a[i][0] <= a[i-1][1]+1 {
				t.Fatalf("%v: ranges touch", a)
			}
		}
	})
}
