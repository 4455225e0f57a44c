package jetstream

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// BenchmarkFloor appends blocks of 1000 events to a file and syncs it: what the
// disk allows a queue that does nothing else.
func BenchmarkFloor(b *testing.B) {
	records := make([]mapping.Record, block.MaxRecords)
	for i := range records {
		records[i] = mapping.Record{InsertID: "id", DeviceID: "device", Wire: bytes.Repeat([]byte{byte(i), byte(i >> 8), '{', '}', 'x', 'y'}, 100)}
	}
	for _, sync := range []bool{true, false} {
		b.Run(map[bool]string{true: "durability=always", false: "durability=os"}[sync], func(b *testing.B) {
			file, err := os.Create(filepath.Join(b.TempDir(), "floor"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			for b.Loop() {
				if _, err := file.Write(block.Encode(records)); err != nil {
					b.Fatal(err)
				}
				if sync {
					if err := file.Sync(); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.N*block.MaxRecords)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
