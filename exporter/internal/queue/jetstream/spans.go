package jetstream

import "slices"

// span is a range of sequences, both ends included. It is encoded as an array.
type span [2]uint64

// spans is a set of sequences: ranges in order that neither touch nor overlap.
// Blocks are done almost in order, so there are few.
type spans []span

// add adds the sequences from first to last.
func (s spans) add(first, last uint64) spans {
	// The ranges from i to before j are joined with the new one.
	i, _ := slices.BinarySearchFunc(s, first, func(r span, at uint64) int {
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
	return slices.Replace(s, i, j, span{first, last})
}

func (s spans) has(seq uint64) bool {
	_, found := slices.BinarySearchFunc(s, seq, func(r span, at uint64) int {
		switch {
		case r[1] < at:
			return -1
		case r[0] > at:
			return 1
		default:
			return 0
		}
	})
	return found
}

// count is the number of sequences of the set from first to last.
func (s spans) count(first, last uint64) (n uint64) {
	for _, r := range s {
		if from, to := max(r[0], first), min(r[1], last); from <= to {
			n += to - from + 1
		}
	}
	return n
}

// upTo returns the set without what is beyond last.
func (s spans) upTo(last uint64) spans {
	var kept spans
	for _, r := range s {
		if r[0] <= last {
			kept = append(kept, span{r[0], min(r[1], last)})
		}
	}
	return kept
}
