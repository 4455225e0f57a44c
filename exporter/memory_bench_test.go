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
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// BenchmarkMemory exports ten million events of a million devices, each of a user
// of its own, through a small queue on disk, and compares the most memory in use
// during the second half with the most during the first. The queue is full soon, so
// that both halves hold as much, and a difference would be a leak.
func BenchmarkMemory(b *testing.B) {
	const devices, passes = 1_000_000, 10
	dir := benchInput{events: devices, users: devices, devices: true}.write(b)
	var first, second, rss float64
	for b.Loop() {
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
			if x.Ledger().Accepted < passes*devices/2 {
				half = &first
			}
			*half, rss = max(*half, liveHeap()), max(rss, residentBytes())
		}
		tick.Stop()
		if got := x.Ledger().Accepted; got != passes*devices {
			b.Fatalf("%d events accepted, want %d", got, passes*devices)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(passes*devices*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(max(first, second)/(1<<20), "heap-MiB")
	b.ReportMetric(rss/(1<<20), "resident-MiB")
	b.ReportMetric(second/first, "ratio:exporter_heap_second_half_vs_first")
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
