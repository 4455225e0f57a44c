package jetstream_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// crashDir makes this test binary the process that is killed.
const crashDir = "AMMETER_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Fprintln(os.Stderr, putForEver(dir))
		os.Exit(1)
	}
	_ = flag.Set("test.parallel", "8") // many wait for leases and for a disk; -parallel overrides it
	os.Exit(m.Run())
}

// putForEver puts events and names on stdout those that are acknowledged, and
// takes some of them out again.
func putForEver(dir string) error {
	ctx, cfg := context.Background(), config(dir)
	cfg.Durability = jetstream.DurabilityFsync
	q, err := jetstream.Open(ctx, cfg)
	if err != nil {
		return err
	}
	for n := 0; ; n += 25 {
		batch := events(fmt.Sprint("d", n%3), n, n+25)
		if err := q.Store(ctx, batchOf(batch)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(os.Stdout, "put", n, n%3); err != nil {
			return err
		}
		if n%100 != 0 {
			continue
		}
		chunk, err := q.Receive(ctx)
		if err != nil {
			return err
		}
		// Said before it is done: from then on it may be missing.
		for i := range chunk.Records {
			if _, err := fmt.Fprintln(os.Stdout, "done", chunk.Records[i].InsertID); err != nil {
				return err
			}
		}
		if err := q.Commit(ctx, []byte(`{}`), chunk.ID); err != nil {
			return err
		}
	}
}

// Every acknowledged event must be there, in order, after the process was killed
// at any moment, several times in a row.
func TestQueue_Kill9(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 3 {
		stored, finished := killAfter(t, dir, 20+30*round)
		q := open(t, config(dir))
		left := make(map[string]bool)
		for _, id := range stored {
			if !finished[id] {
				left[id] = true
			}
		}
		last := make(map[string]string)
		for len(left) > 0 {
			chunk := next(t, q)
			for i := range chunk.Records {
				r := &chunk.Records[i]
				if r.InsertID <= last[r.DeviceID] {
					t.Fatalf("round %d: %s after %s", round, r.InsertID, last[r.DeviceID])
				}
				last[r.DeviceID] = r.InsertID
				delete(left, r.InsertID)
			}
			done(t, q, chunk.ID)
		}
		// What was stored without its acknowledgement being seen is extra.
		if err := q.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs the process until it has put so many times, kills it, and returns
// the ids of the events it put and of those it may have done.
func killAfter(t *testing.T, dir string, puts int) (stored []string, finished map[string]bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	finished = make(map[string]bool)
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := strings.Fields(lines.Text())
		switch {
		case len(line) == 3 && line[0] == "put":
			var n int
			if _, err := fmt.Sscan(line[1], &n); err != nil {
				t.Fatal(err)
			}
			stored = append(stored, ids(events("d"+line[2], n, n+25))...)
			puts--
		case len(line) == 2 && line[0] == "done":
			finished[line[1]] = true
		}
		if puts == 0 && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil { // SIGKILL
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !killed {
		t.Fatalf("the process ended by itself: %v", err)
	}
	if len(stored) == 0 {
		t.Fatal("nothing was stored")
	}
	return stored, finished
}

// A queue whose files were damaged must open or say why not, and hand out what can
// still be read, never panic.
func TestOpen_DamagedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, config(dir))
	for n := range 20 {
		put(t, q, events("d", n*10, n*10+10)...)
	}
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	damage(t, dir)

	cfg := config(dir)
	cfg.Logger = logTo(t)
	q = open(t, cfg)
	stats, err := q.Stats(t.Context())
	if err != nil {
		t.Fatalf("Stats: %v", err)
	}
	if stats.Blocks == 20 || !stats.Damaged {
		t.Errorf("%d of 20 blocks are left, damaged: %v; want fewer, and that it is reported", stats.Blocks, stats.Damaged)
	}
	if err := q.Store(t.Context(), batchOf(events("new", 0, 1))); err != nil {
		t.Fatalf("Put into a repaired queue: %v", err)
	}
	came := 0
	for last := ""; last != "new-000000"; {
		chunk := next(t, q)
		for i := range chunk.Records {
			last = chunk.Records[i].InsertID
			came++
		}
		done(t, q, chunk.ID)
	}
	if want := int(stats.Blocks)*10 + 1; came != want {
		t.Errorf("%d events came back; want %d", came, want)
	}
}

// damage changes bytes in the middle of every file that holds messages.
func damage(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "nats", "jetstream", "*", "streams", "AMMETER_test", "msgs", "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files of the queue: %v, %v", files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(data) / 2; i < len(data)/2+64 && i < len(data); i++ {
			data[i] ^= 0x55
		}
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
