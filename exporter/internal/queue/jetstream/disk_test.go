//go:build linux

package jetstream_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// mountSmallDisk mounts a disk of so many bytes, or skips the test where that is
// not permitted.
func mountSmallDisk(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("mounting a disk for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// fillDisk puts into a queue until it takes no more, and returns how many it took.
func fillDisk(t *testing.T, q *jetstream.Queue) (stored int) {
	t.Helper()
	for ; stored < 400; stored++ {
		noise := event("d", stored)
		noise.Wire = randomBytes(uint64(stored), 30_000)
		switch err := q.Put(t.Context(), []mapping.Record{noise}); {
		case err == nil:
		case errors.Is(err, jetstream.ErrDiskFull) && errors.Is(err, queue.ErrFull):
			return stored
		default:
			t.Fatalf("Put number %d on a disk of 6 MB: %v; want ErrDiskFull", stored, err)
		}
	}
	t.Fatal("the disk never was full")
	return 0
}

// wantOrder drains a queue and checks that it held n events of device d.
func wantOrder(t *testing.T, q *jetstream.Queue, n int) {
	t.Helper()
	got := drain(t, q, n)["d"]
	for i := range n {
		if want := event("d", i).InsertID; got[i] != want {
			t.Fatalf("event %d after the disk was full: %s; want %s", i, got[i], want)
		}
	}
}

// A full disk turns puts away and nothing else: what is in the queue is handed out,
// which makes room, and then it takes more. It can even be opened.
func TestQueue_DiskFull(t *testing.T) {
	t.Parallel()
	cfg := config(mountSmallDisk(t, "size=6m"))
	cfg.Durability, cfg.Logger = jetstream.Always, logTo(t)
	q := open(t, cfg)
	stored := fillDisk(t, q)
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	q = open(t, cfg)
	if !q.IsDiskFull() {
		t.Error("the disk is not full after opening the queue again")
	}
	wantOrder(t, q, stored)
	waitFor(t, "room after everything is done", func() bool { return q.Put(t.Context(), events("d", 0, 1)) == nil })
	select {
	case <-q.Failed():
		t.Error("a write failed")
	default:
	}
}

// Somebody else takes all that the queue leaves free: a write fails, and so does
// everything that follows until the queue is opened anew. Nothing stored is lost.
func TestQueue_DiskFilledByOthers(t *testing.T) {
	t.Parallel()
	dir := mountSmallDisk(t, "size=6m")
	cfg := config(filepath.Join(dir, "queue"))
	cfg.Durability, cfg.Logger = jetstream.Always, logTo(t)
	q := open(t, cfg)
	stored := fillDisk(t, q)
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 6<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
	err := q.SetState(t.Context(), "key", randomBytes(1, 10_000))
	if err == nil {
		t.Fatal("a full disk took a state")
	}
	<-q.Failed()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	if err := q.Put(t.Context(), events("d", 0, 1)); !errors.Is(err, jetstream.ErrStorage) {
		t.Errorf("Put after a write failed: %v; want ErrStorage", err)
	}
	if err := q.Close(); err != nil {
		t.Logf("Close: %v", err)
	}
	q = open(t, cfg)
	wantOrder(t, q, stored)
}

func TestOpen_ReadOnlyDisk(t *testing.T) {
	t.Parallel()
	dir := mountSmallDisk(t, "size=1m,ro")
	if _, err := jetstream.Open(t.Context(), config(filepath.Join(dir, "queue"))); !errors.Is(err, jetstream.ErrStorage) {
		t.Errorf("Open of a new directory on a read-only disk: %v; want ErrStorage", err)
	}
	if _, err := jetstream.Open(t.Context(), config(dir)); !errors.Is(err, jetstream.ErrStorage) {
		t.Errorf("Open of a directory on a read-only disk: %v; want ErrStorage", err)
	}
}

func TestOpen_FileInTheWay(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"file", "queue/nats"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, queueDir := range []string{"file", "queue"} {
		if _, err := jetstream.Open(t.Context(), config(filepath.Join(dir, queueDir))); !errors.Is(err, jetstream.ErrStorage) {
			t.Errorf("Open of %q, where a file is in the way: %v; want ErrStorage", queueDir, err)
		}
	}
}
