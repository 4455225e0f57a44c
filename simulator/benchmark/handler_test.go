//go:build unix

package benchmark_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

const (
	runs   = 5
	rounds = 11 // of a run
	round  = 120 * time.Millisecond
	warmUp = 4 * round
)

// BenchmarkHandler compares the simulator, with the published limits and everything
// else switched on and a million devices and users in its windows, with a handler
// that only validates. The two take short turns, so that other work on the machine slows
// down both. A run is the median of a few rounds; the median of the runs counts, and least,
// most, and the load of the machine before the first of them are reported beside it. So is
// the same by events per second of processor time, which is steadier on a busy machine.
func BenchmarkHandler(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("n%d", n), func(b *testing.B) { compare(b, n) })
	}
}

func compare(b *testing.B, n int) {
	b.Helper()
	load := machineLoad(b)
	sim, err := simulator.New(simulator.WithKey(apiKey))
	if err != nil {
		b.Fatal(err)
	}
	defer sim.Close()
	simURL, refURL := serve(b, sim), serve(b, reference())
	full := dial(b, host(simURL), amplitude.PathHTTPAPI, n)
	valid := dial(b, host(refURL), amplitude.PathHTTPAPI, n)
	know(b, simURL, full)
	valid.run(b, warmUp, 0)

	b.ResetTimer()
	var rates, bounds, ratios, cpuRatios []float64
	for range b.N * runs {
		var runRatios, runCPURatios []float64
		for range rounds {
			rate, perCPU := measure(b, full)
			bound, boundPerCPU := measure(b, valid)
			rates, bounds = append(rates, rate), append(bounds, bound)
			runRatios, runCPURatios = append(runRatios, rate/bound), append(runCPURatios, perCPU/boundPerCPU)
		}
		ratios, cpuRatios = append(ratios, median(runRatios)), append(cpuRatios, median(runCPURatios))
	}
	b.StopTimer()
	expectAllAccepted(b, simURL)
	b.ReportMetric(median(rates), "events/s")
	b.ReportMetric(median(bounds), "validated/s")
	b.ReportMetric(median(cpuRatios), "cpu-ratio")
	b.ReportMetric(median(ratios), fmt.Sprintf("ratio:simulator_vs_validate_n%d", n))
	b.ReportMetric(slices.Min(ratios), "ratio-min")
	b.ReportMetric(slices.Max(ratios), "ratio-max")
	b.ReportMetric(load, "load-before")
}

// measure sends for a round and returns the events per second, and per second of
// processor time.
func measure(b *testing.B, c *client) (rate, perCPU float64) {
	b.Helper()
	before, first := cpuTime(b), c.next.Load()
	rate = c.run(b, round, 0)
	return rate, float64(c.next.Load()-first) / (cpuTime(b) - before).Seconds()
}

// know sends one event of every device, in large requests whatever the size to be
// measured, and warms up the client.
func know(b *testing.B, url string, c *client) {
	b.Helper()
	large := dial(b, host(url), amplitude.PathHTTPAPI, 1000)
	large.run(b, time.Minute, devices)
	c.next.Store(large.next.Load())
	c.run(b, warmUp, 0)
}

// expectAllAccepted makes sure that what was measured is what was meant: no event
// was throttled or taken for a duplicate.
func expectAllAccepted(b *testing.B, url string) {
	b.Helper()
	l, err := control.New(url).Ledger(b.Context(), apiKey)
	if err != nil {
		b.Fatal(err)
	}
	if accepted := l.Outcomes[control.Accepted]; accepted != l.Events || accepted < devices {
		b.Fatalf("ledger %+v, want all events accepted and at least %d", l, devices)
	}
}

func serve(b *testing.B, h http.Handler) string {
	b.Helper()
	server := httptest.NewServer(h)
	b.Cleanup(server.Close)
	return server.URL
}

func host(url string) string { return strings.TrimPrefix(url, "http://") }

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
