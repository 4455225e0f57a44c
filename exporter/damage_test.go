package exporter_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/queue/queuetest"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// copiedQueue returns a queue on a copy of a directory, which is as a kill would leave
// it: its exporter has not closed it.
func copiedQueue(t *testing.T, dir string) exporter.Queue {
	t.Helper()
	return exporter.Queue{Dir: queuetest.LeftByKill(t, dir)}
}

func messageFiles(t *testing.T, q exporter.Queue) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(q.Dir, "nats", "jetstream", "*", "streams", "AMMETER_default", "msgs", "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files of the queue: %v, %v", files, err)
	}
	return files
}

// Without the count of what was stored a part that is cut off leaves no trace: that the
// count is gone is reported once, and the ledger is not complete.
func TestOpen_killedThenCountLost(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	dir := t.TempDir()
	cfg := exporter.Config{URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{Dir: dir}}
	x := openExporter(t, cfg)
	for i := range 20 {
		if got := post(t, x, open(fmt.Sprintf("event-%05d", i), "user-0001")); got.Code != http.StatusOK {
			t.Fatalf("post: %d %s", got.Code, got.Body)
		}
	}
	cfg.Queue = copiedQueue(t, dir)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	counts, err := filepath.Glob(filepath.Join(cfg.Queue.Dir, "*.count.*"))
	if err != nil || len(counts) != 2 {
		t.Fatalf("files of the count: %v, %v", counts, err)
	}
	for _, file := range append(counts, messageFiles(t, cfg.Queue)...) {
		if err := os.Truncate(file, 0); err != nil {
			t.Fatal(err)
		}
	}
	for round := range int64(2) {
		x := openExporter(t, cfg)
		stop := running(t, x)
		if got := post(t, x, open(fmt.Sprintf("later-%05d", round), "user-0001")); got.Code != http.StatusOK {
			t.Fatalf("post: %d %s", got.Code, got.Body)
		}
		l, err := x.Drain(t.Context())
		if err != nil {
			t.Fatalf("Drain: %v", err)
		}
		stop()
		if l.Accepted != round+1 || l.UncountedLosses != 1 || !l.Balanced() {
			t.Errorf("ledger %+v; want %d accepted, and a loss of unknown size", l, round+1)
		}
		if err := x.Shortfall(); (err != nil) != (round == 0) {
			t.Errorf("Shortfall in round %d: %v", round, err)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What a post was answered for is in the ledger after a kill, whatever becomes of the files:
// what was dropped is counted, and what is lost is called lost.
func TestOpen_killedThenDamaged(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	dir := t.TempDir()
	cfg := exporter.Config{URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{Dir: dir}}
	x := openExporter(t, cfg)
	for i := range 20 {
		body := fmt.Sprintf(`{"events":[%s,{"event_type":"no.such.type","id":"n","time":1,"external_user_id":"u"}]}`,
			open(fmt.Sprintf("event-%05d", i), "user-0001"))
		if got := post(t, x, body); got.Code != http.StatusOK {
			t.Fatalf("post: %d %s", got.Code, got.Body)
		}
	}
	intact, damaged := copiedQueue(t, dir), copiedQueue(t, dir)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	for _, file := range messageFiles(t, damaged) {
		if err := os.Truncate(file, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name    string
		queue   exporter.Queue
		dropped map[string]int64
	}{
		{"intact", intact, map[string]int64{"unknown_type": 20}},
		{"damaged", damaged, map[string]int64{"unknown_type": 20, "queue_damaged": 20}},
	} {
		cfg.Queue = c.queue
		x := openExporter(t, cfg)
		stop := running(t, x)
		l, err := x.Drain(t.Context())
		if err != nil {
			t.Fatalf("%s: Drain: %v", c.name, err)
		}
		stop()
		if l.Read != 40 || !l.Balanced() || fmt.Sprint(l.Dropped) != fmt.Sprint(c.dropped) {
			t.Errorf("%s: ledger %+v; want 40 read, dropped %v", c.name, l, c.dropped)
		}
		if err := x.Shortfall(); (err != nil) != (c.dropped["queue_damaged"] > 0) {
			t.Errorf("%s: Shortfall: %v", c.name, err)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		// The next run has nothing to answer for.
		x = openExporter(t, cfg)
		if err := x.Shortfall(); err != nil || fmt.Sprint(x.Ledger().Dropped) != fmt.Sprint(c.dropped) {
			t.Errorf("%s, opened again: %v, ledger %+v", c.name, err, x.Ledger())
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What is gone with the end of the stream is counted, though one of each two files that
// say so is damaged as well.
func TestOpen_killedThenOneOfEachPairDamaged(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	dir := t.TempDir()
	cfg := exporter.Config{URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{Dir: dir}}
	x := openExporter(t, cfg)
	for i := range 20 {
		if got := post(t, x, open(fmt.Sprintf("event-%05d", i), "user-0001")); got.Code != http.StatusOK {
			t.Fatalf("post: %d %s", got.Code, got.Body)
		}
	}
	left := []exporter.Queue{copiedQueue(t, dir), copiedQueue(t, dir)}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	for i, queue := range left {
		for _, file := range []string{"default.count", "default.progress"} {
			zeroFile(t, filepath.Join(queue.Dir, fmt.Sprintf("%s.%d", file, i)))
		}
		messages := messageFiles(t, queue)
		last := messages[len(messages)-1]
		info, err := os.Stat(last)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(last, info.Size()-3); err != nil { // in the last block
			t.Fatal(err)
		}
		cfg.Queue = queue
		x := openExporter(t, cfg)
		stop := running(t, x)
		l, err := x.Drain(t.Context())
		if err != nil {
			t.Fatalf("Drain: %v", err)
		}
		stop()
		if l.Read != 20 || l.Dropped["queue_damaged"] != 1 || l.UncountedLosses != 0 || !l.Balanced() {
			t.Errorf("ledger %+v; want 20 read, one of them lost with damaged files", l)
		}
		if x.Shortfall() == nil {
			t.Error("Shortfall is nil after a loss")
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// zeroFile overwrites a file with zeroes.
func zeroFile(t *testing.T, name string) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, make([]byte, info.Size()), 0o600); err != nil {
		t.Fatal(err)
	}
}
