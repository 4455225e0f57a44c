package jetstream

import (
	"math"
	"slices"
)

// seqRange is a range of sequences, both ends included. It is encoded as an array.
type seqRange [2]uint64

// seqSet is a set of sequences: ranges in order that neither touch nor overlap. Blocks
// are stored and done almost in order, so there are few.
type seqSet []seqRange

// add adds the sequences from first to last; none if last is before first.
func (s seqSet) add(first, last uint64) seqSet {
	if last < first {
		return s
	}
	// The ranges from i to before j are joined with the new one.
	i, _ := slices.BinarySearchFunc(s, first, func(r seqRange, at uint64) int {
		if r[1]+1 < at {
			return -1
		}
		return 1
	})
	j := i
	for j < len(s) && s[j][0] <= last+1 {
		first, last = min(first, s[j][0]), max(last, s[j][1])
		j++
	}
	return slices.Replace(s, i, j, seqRange{first, last})
}

// find returns the range that a sequence is in.
func (s seqSet) find(seq uint64) (i int, found bool) {
	return slices.BinarySearchFunc(s, seq, func(r seqRange, at uint64) int {
		switch {
		case r[1] < at:
			return -1
		case r[0] > at:
			return 1
		default:
			return 0
		}
	})
}

func (s seqSet) has(seq uint64) bool {
	_, found := s.find(seq)
	return found
}

// includes reports whether all of a range is in the set.
func (s seqSet) includes(r seqRange) bool {
	i, found := s.find(r[0])
	return found && s[i][1] >= r[1]
}

// minus returns the sequences that are not in the other set.
func (s seqSet) minus(other seqSet) (left seqSet) {
	i := 0
	for _, r := range s {
		for i < len(other) && other[i][1] < r[0] {
			i++
		}
		for _, o := range other[i:] {
			if o[0] > r[1] {
				break
			}
			if o[0] > r[0] {
				left = append(left, seqRange{r[0], o[0] - 1})
			}
			r[0] = o[1] + 1
		}
		if r[0] <= r[1] {
			left = append(left, r)
		}
	}
	return left
}

// upTo returns the set without what is beyond last.
func (s seqSet) upTo(last uint64) seqSet {
	return s.minus(seqSet{{last + 1, math.MaxInt64}})
}

// size is the number of sequences.
func (s seqSet) size() (n uint64) {
	for _, r := range s {
		n += r[1] - r[0] + 1
	}
	return n
}

// last is the last sequence; 0: there is none.
func (s seqSet) last() uint64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1][1]
}
