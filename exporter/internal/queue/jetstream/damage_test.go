package jetstream_test

import (
	"os"
	"path/filepath"
	"testing"
)

// cutOff cuts the last message file of the main stream after a part of it.
func cutOff(t *testing.T, dir string, keep float64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", "AMMETER_test", "msgs", "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files of the queue: %v, %v", files, err)
	}
	last := files[len(files)-1]
	info, err := os.Stat(last)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(last, int64(float64(info.Size())*keep)); err != nil {
		t.Fatal(err)
	}
}

// The server gives the sequences of what was cut off to new blocks. They must be
// handed out, though blocks of those sequences were done, and it must be reported.
func TestOpen_CutOffFiles(t *testing.T) {
	t.Parallel()
	for _, keep := range []float64{0, 0.3, 0.5} {
		dir := t.TempDir()
		q := open(t, config(dir))
		for n := range 20 {
			put(t, q, events("d", n*10, n*10+10)...)
		}
		for range 19 {
			chunk := next(t, q)
			if err := q.Commit(t.Context(), []byte(`{}`), chunk.ID); err != nil {
				t.Fatalf("Commit: %v", err)
			}
		}
		if err := q.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		cutOff(t, dir, keep)
		for round := range 2 { // the second finds what the first noted
			q = open(t, config(dir))
			if stats, err := q.Stats(t.Context()); round == 0 && (err != nil || !stats.Damaged) {
				t.Errorf("keeping %v of the file: it is not reported", keep)
			}
			for n := range 5 {
				put(t, q, events("new", n*10, n*10+10)...)
			}
			if round == 1 {
				break
			}
			if err := q.Close(); err != nil {
				t.Fatalf("Close: %v", err)
			}
		}
		for i, id := range drain(t, q, 100)["new"] {
			if want := event("new", i%50).InsertID; id != want {
				t.Fatalf("keeping %v of the file: event %d is %s, want %s", keep, i, id, want)
			}
		}
	}
}

// What was stored and is gone is reported even if nothing was ever done, and the events
// are still counted as put.
func TestOpen_CutOffFilesOfHeldEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, config(dir))
	for n := range 20 {
		put(t, q, events("d", n*10, n*10+10)...)
	}
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	cutOff(t, dir, 0.5)
	q = open(t, config(dir))
	stats, err := q.Stats(t.Context())
	if err != nil || !stats.Damaged || stats.Blocks >= 20 {
		t.Errorf("stats %+v, %v; want fewer than 20 blocks, and that it is reported", stats, err)
	}
	if events := q.Progress().Stored; events != 200 {
		t.Errorf("%d events were put, want 200", events)
	}
	drain(t, q, int(stats.Blocks)*10)
}

// A queue that was closed in order, or killed, is not called damaged.
func TestOpen_NotDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 3 {
		q := open(t, config(dir))
		if stats, err := q.Stats(t.Context()); err != nil || stats.Damaged {
			t.Fatal("an intact queue is called damaged")
		}
		put(t, q, events("d", 0, 10)...)
		put(t, q, events("d", 10, 20)...)
		first, second := next(t, q), next(t, q)
		if err := q.Commit(t.Context(), []byte(`{}`), second.ID); err != nil {
			t.Fatalf("Commit: %v", err)
		}
		if err := q.Commit(t.Context(), []byte(`{}`), first.ID); err != nil {
			t.Fatalf("Commit: %v", err)
		}
		put(t, q, events("d", 20, 30)...)
		if err := q.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		// What a full disk leaves of the index, which is no loss.
		indexes, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", "*", "msgs", "index.db"))
		if err != nil || len(indexes) == 0 {
			t.Fatalf("indexes %v, %v", indexes, err)
		}
		for _, name := range indexes {
			if err := os.Truncate(name, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A kill during the first start leaves files of the count that are not written yet.
func TestOpen_killedInTheFirstStart(t *testing.T) {
	t.Parallel()
	for name, missing := range map[string][]string{
		"before the count":              {"test.count.0", "test.count.1", "test.progress.0", "test.progress.1"},
		"before the progress":           {"test.progress.0", "test.progress.1"},
		"before the bucket has it, too": {"test.progress.1"},
	} {
		dir := t.TempDir()
		q := open(t, config(dir))
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		removeAll(t, filepath.Join(dir, "nats", "jetstream", "$G", "streams", "KV_AMMETER_test"))
		for _, file := range missing {
			removeAll(t, filepath.Join(dir, file))
		}
		q = open(t, config(dir))
		if stats, err := q.Stats(t.Context()); err != nil || stats.Damaged {
			t.Errorf("killed %s: stats %+v, %v; want no damage", name, stats, err)
		}
		if p := q.Progress(); p.Unaccounted != 0 || p.CountLost {
			t.Errorf("killed %s: %d events unaccounted for, unknown more: %v", name, p.Unaccounted, p.CountLost)
		}
	}
}
