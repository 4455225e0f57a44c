package cohort

import "slices"

// Change makes an id a member, or no member any more.
type Change struct {
	ID
	Remove bool
}

// Acked holds the ids that the partner has taken as members (true), and those of requests
// whose result is unknown (false). Absent ids are not members.
type Acked map[ID]bool

// Diff is what makes the partner's members equal to those wanted, in a fixed
// order. Uncertain ids are sent again.
func (k Acked) Diff(want Set) []Change {
	var delta []Change
	for id := range want {
		if !k[id] {
			delta = append(delta, Change{ID: id})
		}
	}
	for id := range k {
		if _, wanted := want[id]; !wanted {
			delta = append(delta, Change{id, true})
		}
	}
	slices.SortFunc(delta, func(a, b Change) int {
		if a.Remove != b.Remove {
			if b.Remove {
				return -1
			}
			return 1
		}
		return compare(a.ID, b.ID)
	})
	return delta
}

// Ack records that the partner has taken changes.
func (k Acked) Ack(changes []Change) {
	for _, c := range changes {
		if c.Remove {
			delete(k, c.ID)
		} else {
			k[c.ID] = true
		}
	}
}

// Uncertain records that the partner may or may not have taken changes.
func (k Acked) Uncertain(changes []Change) {
	for _, c := range changes {
		k[c.ID] = false
	}
}

// Members is how many ids the partner has taken for certain.
func (k Acked) Members() int {
	n := 0
	for _, certain := range k {
		if certain {
			n++
		}
	}
	return n
}
