package jetstream_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

func randomBytes(seed uint64, n int) []byte {
	random := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// traffic returns n events of about 600 bytes and many devices.
func traffic(n int) []mapping.Record {
	random := rand.New(rand.NewPCG(1, 2))
	records := make([]mapping.Record, n)
	for i := range records {
		device := fmt.Sprintf("%016x-%016x", random.Uint64(), random.Uint64())
		records[i] = event(device, i)
		records[i].Wire = fmt.Appendf(nil, `{"event_type":"[Appboy] Email Open","device_id":%q,"insert_id":%q,"time":%d,`+
			`"library":"Braze","event_properties":{"[Appboy] campaign_id":"%x","[Appboy] campaign_name":"Spring sale, week %d",`+
			`"[Appboy] message_variation_id":"%x","[Appboy] email_address":"user%d@example.com","[Appboy] ip_pool":"marketing",`+
			`"[Appboy] dispatch_id":"%x","[Appboy] user_agent":"Mozilla/5.0 (iPhone; CPU iPhone OS 17_%d like Mac OS X) AppleWebKit/605.1.15",`+
			`"[Appboy] mailbox_provider":"Gmail","[Appboy] sending_ip":"192.0.2.%d"}}`,
			device, records[i].InsertID, i, i%20, i%20, i%40, random.Uint64(), random.Uint64(), i%6, i%250)
	}
	return records
}

// BenchmarkQueue puts events in Puts of different sizes into different numbers of
// partitions, and takes them out again.
func BenchmarkQueue(b *testing.B) {
	for _, durability := range []string{jetstream.DurabilityFsync, jetstream.DurabilityOS} {
		for _, shape := range []struct{ partitions, put int }{{1, 1000}, {1, 16_000}, {64, 1000}, {64, 64_000}} {
			name := fmt.Sprintf("durability=%s/partitions=%d/put=%d", durability, shape.partitions, shape.put)
			b.Run(name+"/put", func(b *testing.B) { benchmarkPut(b, durability, shape.partitions, shape.put) })
			b.Run(name+"/next", func(b *testing.B) { benchmarkNext(b, durability, shape.partitions, shape.put) })
		}
	}
}

func benchmarkQueue(b *testing.B, durability string, partitions int) *jetstream.Queue {
	b.Helper()
	cfg := config(b.TempDir())
	cfg.Durability, cfg.Partitions, cfg.MaxBytes = durability, partitions, 64<<30
	return open(b, cfg)
}

func benchmarkPut(b *testing.B, durability string, partitions, size int) {
	b.Helper()
	q := benchmarkQueue(b, durability, partitions)
	records := traffic(size)
	b.SetBytes(int64(size * len(records[0].Wire)))
	b.ResetTimer()
	for range b.N {
		put(b, q, records...)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
}

func benchmarkNext(b *testing.B, durability string, partitions, size int) {
	b.Helper()
	q := benchmarkQueue(b, durability, partitions)
	records := traffic(size)
	for range b.N {
		put(b, q, records...)
	}
	b.ResetTimer()
	for left := b.N * size; left > 0; {
		chunk := next(b, q)
		left -= len(chunk.Records)
		if err := q.Commit(b.Context(), []byte(`{}`), chunk.ID); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
}
