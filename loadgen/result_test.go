package loadgen

import (
	"testing"
	"time"
)

// Only the stretches count whose start the filter takes.
func TestResult_OtherP99(t *testing.T) {
	t.Parallel()
	r := Result{series: newSeries()}
	for range 99 {
		r.series.at(500 * time.Millisecond).other.record(10 * time.Millisecond)
		r.series.at(3 * time.Second).other.record(100 * time.Millisecond)
	}
	r.series.at(2 * time.Second).hot.record(time.Minute)
	after := func(from time.Duration) func(time.Duration) bool {
		return func(start time.Duration) bool { return start >= from }
	}
	for from, want := range map[time.Duration]time.Duration{ // between the latency and 20 percent more
		0: 100 * time.Millisecond, 2 * time.Second: 100 * time.Millisecond, 4 * time.Second: 0,
	} {
		if got := r.OtherP99(after(from)); got < want || got > want*6/5 {
			t.Errorf("from %v: %v, want %v", from, got, want)
		}
	}
	first := func(start time.Duration) bool { return start == 0 }
	if got, want := r.OtherP99(first), 10*time.Millisecond; got < want || got > want*6/5 {
		t.Errorf("in the first second: %v, want %v", got, want)
	}
}
