package benchmark_test

import (
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/dedup"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// tracked is the size at which memory is measured.
const tracked = 10_000_000

const perRequest = 1000

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// BenchmarkIdleDevices tracks ten million devices that sent an event each and have
// been silent since, but not for a day.
func BenchmarkIdleDevices(b *testing.B) {
	for range b.N {
		before := heap()
		table := limits.New(limits.Published())
		demands := make([]limits.EventKeys, perRequest)
		for n := uint64(0); n < tracked; n += perRequest {
			for i := range demands {
				demands[i].Device = table.Device(number(n + uint64(i)))
			}
			if table.Take(noon, limits.HTTPAPI, demands) != nil {
				b.Fatal("an event was refused")
			}
		}
		if n := table.Tracked(); n != tracked {
			b.Fatalf("%d devices tracked, want %d", n, tracked)
		}
		b.ReportMetric(float64(heap()-before)/tracked, "ratio:bytes_per_idle_device")
		b.ReportMetric(collection(), "gc-ms")
		runtime.KeepAlive(table)
	}
}

// BenchmarkInsertIDs takes events for ten days, as many as make ten million in seven
// days, and reports what each of those costs. What is past the window and still in
// memory counts, too.
func BenchmarkInsertIDs(b *testing.B) {
	for range b.N {
		before := heap()
		set := dedup.New()
		ids := make([]dedup.ID, perRequest)
		const interval = dedup.Window / (tracked / perRequest)
		now := noon
		for n := uint64(0); n < tracked*10/7; n += perRequest {
			for i := range ids {
				ids[i] = set.ID(1, number(n+uint64(i)))
			}
			if set.Add(now, ids) != nil {
				b.Fatal("a new id was taken for a known one")
			}
			now = now.Add(interval)
		}
		b.ReportMetric(float64(heap()-before)/tracked, "ratio:bytes_per_insert_id")
		b.ReportMetric(collection(), "gc-ms")
		runtime.KeepAlive(set)
	}
}

// number is an id made of a number.
func number(n uint64) []byte {
	var id [16]byte
	binary.BigEndian.PutUint64(id[8:], n)
	return id[:]
}

// heap is the memory in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // the first one may have found finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// collection is how long a full garbage collection takes, in milliseconds: the best
// of a few, because others use the machine.
func collection() float64 {
	best := time.Hour
	for range 5 {
		began := time.Now()
		runtime.GC()
		best = min(best, time.Since(began))
	}
	return best.Seconds() * 1000
}
