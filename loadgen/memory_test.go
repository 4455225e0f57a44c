package loadgen

import (
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// An hour of samples at 1000 requests per second takes no more memory than an hour
// has points, and a day no more than an hour did. Not parallel: other tests' garbage
// would count.
func TestRecorder_MemoryIsFlat(t *testing.T) {
	r := newRecorder(time.Millisecond)
	send := Send{Events: make([]Event, 1)}
	play := func(from, to time.Duration, step time.Duration) {
		for at := from; at < to; at += step {
			send.At = at
			send.Events[0] = Event{Device: int32(at / time.Millisecond)}
			r.due(&send)
			r.finished(&attempt{send: &send, sent: at, done: at + 5*time.Millisecond, status: 200, outcomes: Outcomes{Accepted: 1}})
		}
	}
	play(0, time.Minute, time.Millisecond)
	minute := heap()
	play(time.Minute, time.Hour, time.Millisecond)
	hour := heap()
	if limit := uint64(10 << 20); hour > minute+limit { // 3600 points of 1.5 KB
		t.Errorf("heap grew from %d KB after a minute to %d KB after an hour of 3.6 million samples", minute>>10, hour>>10)
	}
	play(time.Hour, 24*time.Hour, time.Second)
	day := heap()
	if limit := uint64(10 << 20); day > hour+limit {
		t.Errorf("heap grew from %d KB after an hour to %d KB after a day", hour>>10, day>>10)
	}
	if n := len(r.series.points); n > maxPoints || r.series.width != 32*time.Second {
		t.Errorf("series has %d points of %v", n, r.series.width)
	}
	if n := len(r.devices.rows); n > maxRows {
		t.Errorf("%d devices have a history", n)
	}
	var due uint64
	for i := range r.series.points {
		due += r.series.points[i].Due
	}
	if want := uint64(3_600_000 + 23*3600); due != want || r.outcomes.Due != want {
		t.Errorf("series holds %d events, counts %d, want %d", due, r.outcomes.Due, want)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The logHistogram histogram's quantiles lie at most a quarter octave above the truth.
func TestCoarse_Quantile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "n")
		var c logHistogram
		lowest, highest := time.Duration(1<<62), time.Duration(0)
		for range n {
			d := time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(t, "d"))
			c.record(d)
			lowest, highest = min(lowest, d), max(highest, d)
		}
		check := func(q float64, truth time.Duration) {
			truth = max(truth, 4*time.Microsecond)
			if got := c.quantile(q); got < truth || got > truth*5/4+time.Microsecond {
				t.Fatalf("quantile(%v) = %v, true value %v", q, got, truth)
			}
		}
		check(0, lowest)
		check(1, highest)
	})
	if got := new(logHistogram).quantile(0.5); got != 0 {
		t.Errorf("median of nothing = %v", got)
	}
}

// The busiest devices are those a sort of all counts gives.
func TestBusiest(t *testing.T) {
	t.Parallel()
	counts := map[int32]uint32{}
	for i := range int32(1000) {
		counts[i] = uint32(i*7919) % 1009
	}
	d := newDevices()
	for device, n := range counts {
		send := Send{Events: make([]Event, n)}
		for i := range send.Events {
			send.Events[i].Device = device
		}
		d.due(&send)
	}
	d.roll()
	if len(d.top) != maxRows {
		t.Fatalf("%d devices on top, want %d", len(d.top), maxRows)
	}
	for _, c := range d.top {
		higher := 0
		for _, n := range counts {
			if n > c.n {
				higher++
			}
		}
		if higher >= maxRows {
			t.Errorf("device %d with %d events is on top, %d devices have more", c.device, c.n, higher)
		}
		if row := d.rows[c.device]; row == nil || row.peak != c.n || row.cells[0] != c.n {
			t.Errorf("device %d has the row %+v, want a peak of %d", c.device, row, c.n)
		}
	}
}
