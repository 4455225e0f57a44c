package fault

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// seconds reads a number of seconds from 0 to most.
func seconds(name string, s float64, most time.Duration) (time.Duration, error) {
	if !(s >= 0 && s <= most.Seconds()) {
		return 0, fmt.Errorf("%s %v: want 0 to %v", name, s, most.Seconds())
	}
	return time.Duration(s * float64(time.Second)), nil
}

// probability checks that p is one.
func probability(name string, p float64) error {
	if !(p >= 0 && p <= 1) {
		return fmt.Errorf("%s %v: want 0 to 1", name, p)
	}
	return nil
}

// drawOf is the source of the random numbers for the nth request of a rule.
func drawOf(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(mix(seed), mix(n))) }

// mix spreads neighboring numbers over all 64 bits (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
