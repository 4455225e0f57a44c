package dispatch

import (
	"testing"
	"time"
)

// The queue is asked after a second without anything to do, once at a time, and again
// a second after the answer.
func TestLossDetector(t *testing.T) {
	t.Parallel()
	var l lossDetector
	at := start.Add
	for i, s := range []struct {
		after   time.Duration
		idle    bool
		checked bool // a check ends before
		want    bool
	}{
		{0, true, false, false},
		{500 * time.Millisecond, false, false, false}, // an event came
		{600 * time.Millisecond, true, false, false},
		{1500 * time.Millisecond, true, false, false},
		{1600 * time.Millisecond, true, false, true},
		{5 * time.Second, true, false, false}, // the check is under way
		{6 * time.Second, true, true, false},
		{7 * time.Second, true, false, true},
	} {
		if s.checked {
			l.Checked(at(s.after))
		}
		if got := l.Observe(at(s.after), s.idle); got != s.want {
			t.Errorf("step %d: check is due: %v, want %v", i, got, s.want)
		}
	}
}
