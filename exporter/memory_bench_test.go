package exporter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/gogc"
)

// BenchmarkMemory exports ten million events of a million devices, each of a user
// of its own, through a small queue on disk, and compares the most memory in use
// during the second half with the most during the first. The queue is full soon, so
// that both halves hold as much, and a difference would be a leak. It collects garbage as
// often as the program does. What it reports are medians of five runs.
func BenchmarkMemory(b *testing.B) {
	const devices, passes, runs = 1_000_000, 10, 5
	defer gogc.Apply()()
	dir := benchInput{events: devices, users: devices, devices: true}.write(b)
	var heaps, ratios, resident []float64
	for b.Loop() {
		for range runs {
			runtime.GC()
			debug.FreeOSMemory() // what the run before left
			first, second, rss := measureMemory(b, dir, devices, passes)
			heaps, ratios, resident = append(heaps, max(first, second)), append(ratios, second/first), append(resident, rss)
			b.Logf("live heap %.0f MiB in the first half, %.0f in the second, %.0f MiB resident", first/(1<<20), second/(1<<20), rss/(1<<20))
		}
	}
	for _, list := range [][]float64{heaps, ratios, resident} {
		slices.Sort(list)
	}
	b.ReportMetric(float64(len(heaps))*passes*devices/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(heaps[len(heaps)/2]/(1<<20), "heap-MiB")
	b.ReportMetric(resident[len(resident)/2]/(1<<20), "resident-MiB")
	b.ReportMetric(ratios[len(ratios)/2], "ratio:exporter_heap_second_half_vs_first")
}

// measureMemory exports a directory a number of times, and returns the most live heap in
// each half, and the most resident memory.
func measureMemory(b *testing.B, dir string, events, passes int) (first, second, rss float64) {
	b.Helper()
	x, err := exporter.Open(b.Context(), exporter.Config{
		APIKey: "key", Transport: taker{}, Queue: exporter.Queue{Dir: b.TempDir(), MaxBytes: 64 << 20},
	})
	if err != nil {
		b.Fatal(err)
	}
	var inputs []*exporter.Source
	for range passes {
		again, err := exporter.Paths(nil, dir)
		if err != nil {
			b.Fatal(err)
		}
		inputs = append(inputs, again...)
	}
	ended := make(chan error, 1)
	go func() { ended <- x.Export(b.Context(), inputs...) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case err := <-ended:
			if err != nil {
				b.Fatal(err)
			}
			running = false
		case <-tick.C:
		}
		half := &second
		if x.Ledger().Accepted < int64(passes*events/2) {
			half = &first
		}
		*half, rss = max(*half, liveHeap()), max(rss, residentBytes())
	}
	if got := x.Ledger().Accepted; got != int64(passes*events) {
		b.Fatalf("%d events accepted, want %d", got, passes*events)
	}
	if err := x.Close(); err != nil {
		b.Fatal(err)
	}
	return first, second, rss
}

// BenchmarkParkedDevices measures what a device costs in memory whose events wait on
// disk for its daily quota, with an event each.
func BenchmarkParkedDevices(b *testing.B) {
	const devices = 100_000
	dir := benchInput{events: devices, users: devices, devices: true}.write(b)
	var perDevice float64
	for b.Loop() {
		x, err := exporter.Open(b.Context(), exporter.Config{
			APIKey: "key", Transport: overQuota{}, Queue: exporter.Queue{Dir: b.TempDir()},
		})
		if err != nil {
			b.Fatal(err)
		}
		inputs, err := exporter.Paths(nil, dir)
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		before := collectedHeap()
		ended := make(chan error, 1)
		go func() { ended <- x.Export(ctx, inputs...) }()
		tick := time.NewTicker(50 * time.Millisecond)
		for parked := 0; parked < devices; <-tick.C {
			if parked, err = x.ParkedDevices(ctx); err != nil {
				b.Fatal(err)
			}
		}
		tick.Stop()
		perDevice += (collectedHeap() - before) / devices
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			b.Fatal(err)
		}
		if held := x.Ledger().Held; held != devices {
			b.Fatalf("%d events held, want %d", held, devices)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(perDevice/float64(b.N), "ratio:exporter_bytes_per_parked_device")
}

// overQuota answers every upload that all of its devices are over their quota.
type overQuota struct{}

func (overQuota) RoundTrip(r *http.Request) (*http.Response, error) {
	var upload struct {
		Events []struct {
			DeviceID string `json:"device_id"`
		} `json:"events"`
	}
	if err := json.NewDecoder(r.Body).Decode(&upload); err != nil {
		return nil, err
	}
	over := map[string]int{}
	for _, e := range upload.Events {
		over[e.DeviceID] = 500_001
	}
	body, err := json.Marshal(map[string]any{"code": 429, "error": "Too many requests for some devices and users", "exceeded_daily_quota_devices": over})
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusTooManyRequests, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, r.Body.Close()
}

// liveHeap is what the last garbage collection left.
func liveHeap() float64 { return readMetric("/gc/heap/live:bytes") }

// collectedHeap is what a garbage collection leaves now. The second empties the
// pools.
func collectedHeap() float64 {
	runtime.GC()
	runtime.GC()
	return liveHeap()
}

func readMetric(name string) float64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}

// residentBytes is what the operating system counts; zero where that is not known.
func residentBytes() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		return 0
	}
	return kib * 1024
}
