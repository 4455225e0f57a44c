package dispatch

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// trial is one run of the world. What happens in it is decided by bytes: drawn from a
// seed, or given. Without bytes and without a seed everything is zero, which is the
// simplest that can happen.
type trial struct {
	random *rand.Rand // nil: given bytes alone
	bytes  []byte     // decisions so far, and those that are given
	at     int
	steps  []string // what has happened
	failed string
}

// draw returns a number below n, which is at most 256. All are about as likely.
func (t *trial) draw(n int) int {
	if t.at == len(t.bytes) {
		if t.random == nil {
			return 0
		}
		t.bytes = append(t.bytes, byte(t.random.Uint32()))
	}
	t.at++
	return int(t.bytes[t.at-1]) * n / 256
}

func (t *trial) drawBool() bool { return t.draw(2) == 1 }

func (t *trial) step(name string) { t.steps = append(t.steps, name) }

// failure is what fatalf panics with.
type failure struct{}

// fatalf ends the trial.
func (t *trial) fatalf(format string, args ...any) {
	t.failed = fmt.Sprintf(format, args...)
	panic(failure{})
}

// run runs a trial, and reports whether it holds what a world promises.
func (t *trial) run(do func(*trial)) (ok bool) {
	defer func() {
		switch wrong := recover().(type) {
		case nil:
		case failure:
			ok = false
		default:
			panic(wrong)
		}
	}()
	do(t)
	return true
}

func seeded(seed uint64) *trial { return &trial{random: rand.New(rand.NewPCG(seed, 0))} }

// shrunk returns a trial that fails with as few and as small decisions as can be found
// soon, given the decisions of one that failed.
func shrunk(bytes []byte, do func(*trial)) *trial {
	best := &trial{bytes: bytes}
	best.run(do)
	attempts := 3000
	try := func(bytes []byte) bool {
		t := &trial{bytes: bytes}
		if attempts--; attempts < 0 || t.run(do) {
			return false
		}
		t.bytes = t.bytes[:min(t.at, len(t.bytes))]
		best = t
		return true
	}
	for size := len(bytes) / 2; size > 0; size /= 2 {
		for from := 0; from+size <= len(best.bytes); {
			if !try(without(best.bytes, from, size)) {
				from += size
			}
		}
	}
	for i := 0; i < len(best.bytes); i++ {
		for _, value := range [...]byte{0, best.bytes[i] / 2, max(best.bytes[i], 1) - 1} {
			if i < len(best.bytes) && value < best.bytes[i] {
				lower := append([]byte(nil), best.bytes...)
				lower[i] = value
				try(lower)
			}
		}
	}
	return best
}

func without(bytes []byte, from, size int) []byte {
	return append(append([]byte(nil), bytes[:from]...), bytes[from+size:]...)
}

// report fails a test with a trial that failed.
func (t *trial) report(tb testing.TB, what string, do func(*trial)) {
	tb.Helper()
	least := shrunk(t.bytes, do)
	tb.Fatalf("%s fails: %s\nshrunk to %d steps, it fails: %s\n\t%s",
		what, t.failed, len(least.steps), least.failed, strings.Join(least.steps, "\n\t"))
}
