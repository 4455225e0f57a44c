package jetstream

import (
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// lane identifies a queue.Lane by a hash. Two ids with one hash would wait for each other,
// which is harmless.
type lane uint64

// laneOf returns the lane of a record.
func laneOf(r *mapping.Record) lane {
	l := queue.LaneOf(r)
	if l.User {
		return hashLane('u', l.ID)
	}
	return hashLane('d', l.ID)
}

// hashLane is FNV-1a with a final mix, because the low bits of FNV are weak. It
// decides where stored records are: never change it.
func hashLane(kind byte, id string) lane {
	const offset, prime = 14695981039346656037, 1099511628211
	h := (uint64(offset) ^ uint64(kind)) * prime
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * prime
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	return lane(h)
}

// partition is the share of n the lane is in.
func (l lane) partition(n int) int { return int(uint64(l) % uint64(n)) } // below n
