package delivery

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// One device at 45 events a second among a thousand quiet ones, which send an event
// every ten seconds: the p99 of their delay is within a tenth of that without it,
// and the noisy one arrives at its 30 a second, in order.
func TestPacing_noisyAmongAThousand(t *testing.T) {
	t.Parallel()
	p99 := map[bool]time.Duration{}
	for _, noise := range []bool{false, true} {
		rapid.Check(t, func(t *rapid.T) {
			w := newWorld(t, Config{})
			w.latency = func() time.Duration { return time.Duration(5000+5000*w.s.cfg.Random()) * time.Microsecond }
			born := map[*Event]time.Duration{}
			for tick := range 3000 { // of 10 ms
				w.run(time.Duration(tick) * 10 * time.Millisecond)
				e := w.add("", fmt.Sprintf("quiet-%d", tick%1000))
				born[e] = w.m.now
				if noise && tick*45/100 != (tick-1)*45/100 {
					w.add("", "noisy")
				}
			}
			w.run(30 * time.Second)
			var delays []time.Duration
			noisy := 0
			for _, a := range w.m.log {
				if since, quiet := born[a.event]; quiet {
					delays = append(delays, a.at-since)
				} else {
					noisy++
				}
			}
			slices.Sort(delays)
			p99[noise] = max(p99[noise], delays[len(delays)*99/100])
			if noise && (noisy < 29*30 || noisy > 31*30) {
				t.Fatalf("%d events of the noisy device in 30 s, want 30 a second", noisy)
			}
			w.run(time.Hour)
			w.finished()
		})
	}
	if p99[true] > p99[false]*110/100 {
		t.Errorf("p99 of the quiet devices is %v, and %v without the noisy one", p99[true], p99[false])
	}
	t.Logf("p99 of the quiet devices: %v, and %v without the noisy one", p99[true], p99[false])
}
