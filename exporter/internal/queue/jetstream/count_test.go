package jetstream

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// A block can be handed out before its Put has counted it. That stores nothing; the Put
// does, though it finds the block counted.
func TestCount_receivedBeforeStored(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "count")
	p, _, err := openValueFile(path)
	if err != nil {
		t.Fatal(err)
	}
	counted := 0
	q := &Queue{cfg: Config{Dir: "dir", Counted: func(n int) { counted += n }}, log: slog.New(slog.DiscardHandler)}
	q.progress.countFile = p
	kept := func() (events int64) {
		t.Helper()
		p, text, err := openValueFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		if text == nil {
			return 0
		}
		var stored storedCount
		if err := json.Unmarshal(text, &stored); err != nil {
			t.Fatal(err)
		}
		return stored.Count.Events
	}

	q.countReceived(1, 10)
	q.countReceived(3, 30)
	if got := kept(); got != 0 {
		t.Errorf("%d events in the file when blocks were handed out; want none", got)
	}
	q.countStored([]uint64{1}, blocksOf(10))
	if got := kept(); got != 40 {
		t.Errorf("%d events in the file when a Put returns; want 40", got)
	}
	q.countStored([]uint64{2, 3}, blocksOf(20, 30))
	if got := kept(); got != 60 {
		t.Errorf("%d events in the file when all are stored; want 60", got)
	}
	if counted != 60 {
		t.Errorf("Counted was given %d events; want each once, 60", counted)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
}

// blocksOf returns blocks of so many events each.
func blocksOf(sizes ...int) (blocks []unstored) {
	for _, n := range sizes {
		blocks = append(blocks, unstored{records: make([]mapping.Record, n)})
	}
	return blocks
}
