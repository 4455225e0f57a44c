package jetstream_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/internal/queue/queuetest"
)

// used makes a queue in which a block of 10 events is done, 20 blocks are not, and
// most of that was put after the last Commit.
func used(t *testing.T, dir string) *jetstream.Queue {
	t.Helper()
	cfg := config(dir)
	cfg.Partitions = 1
	q := open(t, cfg)
	for n := range 21 {
		put(t, q, events("d", n*10, n*10+10)...)
		if n == 0 {
			if err := q.Commit(t.Context(), []byte(`{"done":10}`), next(t, q).ID); err != nil {
				t.Fatalf("Commit: %v", err)
			}
		}
	}
	return q
}

// reopen opens a queue of used that was damaged.
func reopen(t *testing.T, dir string) *jetstream.Queue {
	t.Helper()
	cfg := config(dir)
	cfg.Partitions = 1
	cfg.Logger = logTo(t)
	return open(t, cfg)
}

// What was acknowledged and is gone after a kill is reported and counted, though nothing
// was committed since.
func TestOpen_KilledAndDamaged(t *testing.T) {
	t.Parallel()
	const main = "AMMETER_test"
	for name, damage := range map[string]func(*testing.T, string){
		"messages cut off":     func(t *testing.T, dir string) { t.Helper(); truncate(t, fileOf(t, dir, main, "msgs"), 0.5) },
		"messages cut to zero": func(t *testing.T, dir string) { t.Helper(); truncate(t, fileOf(t, dir, main, "msgs"), 0) },
		"a bit in the front":   func(t *testing.T, dir string) { t.Helper(); flip(t, fileOf(t, dir, main, "msgs"), 0.1) },
		"eight bits": func(t *testing.T, dir string) {
			t.Helper()
			flip(t, fileOf(t, dir, main, "msgs"), 0, .1, .2, .4, .5, .6, .7, .9)
		},
		"message file gone":   func(t *testing.T, dir string) { t.Helper(); remove(t, fileOf(t, dir, main, "msgs")) },
		"whole stream gone":   func(t *testing.T, dir string) { t.Helper(); removeAll(t, fileOf(t, dir, main, "")) },
		"all of the server's": func(t *testing.T, dir string) { t.Helper(); removeAll(t, filepath.Join(dir, "nats")) },
		"with the latest count": func(t *testing.T, dir string) {
			t.Helper()
			truncate(t, fileOf(t, dir, main, "msgs"), 0)
			flip(t, filepath.Join(dir, "test.progress.0"), 0.5)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			used(t, dir)
			left := queuetest.LeftByKill(t, dir)
			damage(t, left)
			q := reopen(t, left)
			stats, err := q.Stats(t.Context())
			if err != nil || !stats.Damaged {
				t.Errorf("stats %+v, %v; want that the damage is reported", stats, err)
			}
			if p := q.Progress(); p.Stored != 210 || string(p.Checkpoint) != `{"done":10}` {
				t.Errorf("%d events were put, committed %s; want 210 and what was committed", p.Stored, p.Checkpoint)
			}
			if p := q.Progress(); p.Unaccounted != 0 || p.CountLost {
				t.Errorf("%d events unaccounted for, unknown more: %v; want none: it is known that they are lost", p.Unaccounted, p.CountLost)
			}
			put(t, q, events("new", 0, 10)...)
			for id := ""; id != "new-000000"; {
				id = next(t, q).Records[0].InsertID
			}
		})
	}
}

// Damage that loses no event costs none, and the queue works on.
func TestOpen_KilledAndDamagedBesideTheEvents(t *testing.T) {
	t.Parallel()
	const main, bucket = "AMMETER_test", "KV_AMMETER_test"
	cases := map[string]func(*testing.T, string){
		"nothing":          func(*testing.T, string) {},
		"consumer cut off": func(t *testing.T, dir string) { t.Helper(); truncate(t, fileOf(t, dir, main, "obs/p00/o.dat"), 0.5) },
		"consumer's bits": func(t *testing.T, dir string) {
			t.Helper()
			flip(t, fileOf(t, dir, main, "obs/p00/o.dat"), 0, .3, .6, 1)
		},
		"consumer's settings": func(t *testing.T, dir string) { t.Helper(); flip(t, fileOf(t, dir, main, "obs/p00/meta.inf"), 0.5) },
		"consumer gone":       func(t *testing.T, dir string) { t.Helper(); removeAll(t, fileOf(t, dir, main, "obs")) },
		"bucket's file gone":  func(t *testing.T, dir string) { t.Helper(); remove(t, fileOf(t, dir, bucket, "msgs")) },
		"bucket gone":         func(t *testing.T, dir string) { t.Helper(); removeAll(t, fileOf(t, dir, bucket, "")) },
		"bucket cut off":      func(t *testing.T, dir string) { t.Helper(); truncate(t, fileOf(t, dir, bucket, "msgs"), 0.5) },
		"both counts": func(t *testing.T, dir string) {
			t.Helper()
			remove(t, filepath.Join(dir, "test.count.0"), filepath.Join(dir, "test.count.1"))
		},
		"both copies of the progress": func(t *testing.T, dir string) {
			t.Helper()
			remove(t, filepath.Join(dir, "test.progress.0"), filepath.Join(dir, "test.progress.1"))
		},
	}
	for _, at := range []float64{0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1} {
		cases["bucket's bits at "+string(mustJSON(t, at))] = func(t *testing.T, dir string) { t.Helper(); flip(t, fileOf(t, dir, bucket, "msgs"), at) }
	}
	for name, damage := range cases {
		for _, kill := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", killed", false: ", stopped"}[kill], func(t *testing.T) {
				t.Parallel()
				left := t.TempDir()
				q := used(t, left)
				if err := q.SetState(t.Context(), "key", []byte("state")); err != nil {
					t.Fatal(err)
				}
				if kill {
					left = queuetest.LeftByKill(t, left)
				} else if err := q.Close(); err != nil {
					t.Fatalf("Close: %v", err)
				}
				damage(t, left)
				q = reopen(t, left)
				if p := q.Progress(); p.Stored != 210 || string(p.Checkpoint) != `{"done":10}` {
					t.Errorf("%d events were put, committed %s; want 210 and what was committed", p.Stored, p.Checkpoint)
				}
				if err := q.SetState(t.Context(), "key", []byte("new")); err != nil {
					t.Errorf("SetState: %v", err)
				}
				if err := q.Commit(t.Context(), []byte(`{"done":20}`), next(t, q).ID); err != nil {
					t.Errorf("Commit: %v", err)
				}
				if got := drain(t, q, 190)["d"][0]; got != "d-000020" {
					t.Errorf("the first event after those that are done is %s; want d-000020", got)
				}
			})
		}
	}
}

// When every record of the progress is gone, what became of the events that are not
// in the queue is not known, and is not called nothing.
func TestOpen_ProgressLost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		remove []string
		want   int64
		more   bool
	}{
		"with the count":    {[]string{"test.progress.0", "test.progress.1"}, 10, false},
		"without the count": {[]string{"test.progress.0", "test.progress.1", "test.count.0", "test.count.1"}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			used(t, dir)
			left := queuetest.LeftByKill(t, dir)
			removeAll(t, fileOf(t, left, "KV_AMMETER_test", ""))
			for _, file := range c.remove {
				remove(t, filepath.Join(left, file))
			}
			q := reopen(t, left)
			p := q.Progress()
			if p.Unaccounted != c.want || p.CountLost != c.more {
				t.Errorf("%d events unaccounted for, unknown more: %v; want %d, %v", p.Unaccounted, p.CountLost, c.want, c.more)
			}
			if p.Stored != 200+c.want {
				t.Errorf("%d events were put; want %d", p.Stored, 200+c.want)
			}
			if stats, err := q.Stats(t.Context()); err != nil || !stats.Damaged {
				t.Errorf("stats %+v, %v; want that the damage is reported", stats, err)
			}
			drain(t, q, 200)
		})
	}
}

// ways are what can happen to a file.
var ways = map[string]func(t *testing.T, file string){
	"gone":    func(t *testing.T, file string) { t.Helper(); remove(t, file) },
	"empty":   func(t *testing.T, file string) { t.Helper(); truncate(t, file, 0) },
	"cut off": func(t *testing.T, file string) { t.Helper(); truncate(t, file, 0.5) },
	"changed": func(t *testing.T, file string) { t.Helper(); flip(t, file, 0.5) },
}

// Without the count it is not known how many events were stored after the last Commit. That is
// reported until a Commit has recorded it, and then never again.
func TestOpen_CountLost(t *testing.T) {
	t.Parallel()
	for name, lose := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			used(t, dir)
			left := queuetest.LeftByKill(t, dir)
			truncate(t, fileOf(t, left, "AMMETER_test", "msgs"), 0)
			for _, file := range []string{"test.count.0", "test.count.1"} {
				lose(t, filepath.Join(left, file))
			}
			q := reopen(t, left)
			if err := q.Close(); err != nil { // nothing has recorded it
				t.Fatal(err)
			}
			left = queuetest.LeftByKill(t, left)
			q = reopen(t, left)
			if stats, err := q.Stats(t.Context()); err != nil || !stats.Damaged {
				t.Errorf("stats %+v, %v; want that the damage is reported", stats, err)
			}
			if !q.Progress().CountLost {
				t.Error("it is not reported that an unknown number of events may be lost")
			}
			put(t, q, events("new", 0, 10)...)
			if err := q.Commit(t.Context(), []byte(`{"done":10}`)); err != nil {
				t.Fatal(err)
			}
			q = reopen(t, queuetest.LeftByKill(t, left))
			if p := q.Progress(); p.Unaccounted != 0 || p.CountLost {
				t.Errorf("%d events unaccounted for, unknown more: %v, after that was recorded", p.Unaccounted, p.CountLost)
			}
		})
	}
}

// With one of the two files of the count it is known how many events were stored, and so
// that the last block is gone, whatever else says so is damaged.
func TestOpen_OneCountLost(t *testing.T) {
	t.Parallel()
	for name, lose := range ways {
		for i := range 2 {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				used(t, dir)
				left := queuetest.LeftByKill(t, dir)
				lose(t, filepath.Join(left, fmt.Sprint("test.count.", i)))
				lose(t, filepath.Join(left, fmt.Sprint("test.progress.", i)))
				truncate(t, fileOf(t, left, "AMMETER_test", "msgs"), 0.99)
				q := reopen(t, left)
				if stats, err := q.Stats(t.Context()); err != nil || !stats.Damaged {
					t.Errorf("stats %+v, %v; want that the damage is reported", stats, err)
				}
				if p := q.Progress(); p.Stored != 210 || p.CountLost {
					t.Errorf("%d events were put, unknown more: %v; want 210", p.Stored, p.CountLost)
				}
				// All but the last block come, each once. Whether the first one comes again depends on
				// whether the server had written its ack at the kill.
				var ids []string
				for len(ids) == 0 || ids[len(ids)-1] != "d-000199" {
					for _, r := range next(t, q).Records {
						ids = append(ids, r.InsertID)
					}
				}
				nothing(t, q, 100*time.Millisecond)
				var want []string
				for n := range 190 {
					want = append(want, fmt.Sprintf("d-%06d", n+10))
				}
				if ids[0] == "d-000000" {
					ids = ids[10:]
				}
				if !slices.Equal(ids, want) {
					t.Errorf("received %q, want %q", ids, want)
				}
			})
		}
	}
}

// Dead letters that are gone with a damaged file after a kill are reported and counted until a Commit has
// recorded that. Those that were deleted are not missing.
func TestOpen_DeadLettersLost(t *testing.T) {
	t.Parallel()
	const dead = "AMMETER_test_DEAD"
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   int64
	}{
		"nothing":     {func(*testing.T, string) {}, 0},
		"cut to zero": {func(t *testing.T, dir string) { t.Helper(); truncate(t, fileOf(t, dir, dead, "msgs"), 0) }, 10},
		"cut off":     {func(t *testing.T, dir string) { t.Helper(); truncate(t, fileOf(t, dir, dead, "msgs"), 0.55) }, 5},
		"stream gone": {func(t *testing.T, dir string) { t.Helper(); removeAll(t, fileOf(t, dir, dead, "")) }, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			q := used(t, dir)
			for n := range 10 {
				letters := []queue.DeadLetter{{Reason: "refused", Record: event("dead", n)}}
				if _, err := q.AddDeadLetters(t.Context(), letters); err != nil {
					t.Fatal(err)
				}
			}
			if err := q.Commit(t.Context(), []byte(`{}`)); err != nil {
				t.Fatal(err)
			}
			left := queuetest.LeftByKill(t, dir)
			c.damage(t, left)
			for range 2 { // nothing has recorded it in between
				left = queuetest.LeftByKill(t, left)
				q = reopen(t, left)
				if n := q.Progress().LostLetters; n != c.want {
					t.Errorf("%d dead letters are missing; want %d", n, c.want)
				}
				if stats, err := q.Stats(t.Context()); err != nil || stats.Damaged != (c.want > 0) {
					t.Errorf("stats %+v, %v", stats, err)
				}
			}
			if err := q.Commit(t.Context(), []byte(`{}`)); err != nil {
				t.Fatal(err)
			}
			if c.want == 0 {
				if err := q.DeleteDeadLetter(t.Context(), 10); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := q.PurgeDeadLetters(t.Context()); err != nil {
				t.Fatal(err)
			}
			q = reopen(t, queuetest.LeftByKill(t, left))
			if n := q.Progress().LostLetters; n != 0 {
				t.Errorf("%d dead letters are missing after that was recorded and the others deleted", n)
			}
		})
	}
}

// A note belongs to no block, and is there after a kill.
func TestQueue_NoteAfterAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := used(t, dir)
	if err := q.Note([]byte(`{"dropped":3}`)); err != nil {
		t.Fatalf("Note: %v", err)
	}
	put(t, q, events("e", 0, 10)...)
	q = reopen(t, queuetest.LeftByKill(t, dir))
	if got := string(q.Progress().Note); got != `{"dropped":3}` {
		t.Errorf("note %s after a kill; want the one that was stored", got)
	}
}

func removeAll(t *testing.T, name string) {
	t.Helper()
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
