//go:build linux

package jetstream_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
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

func TestQueue_DiskFull(t *testing.T) {
	t.Parallel()
	dir := mountSmallDisk(t, "size=6m")
	cfg := config(dir)
	cfg.Durability, cfg.Logger = jetstream.Always, logTo(t)
	q := open(t, cfg)
	var stored int
	var err error
	for ; stored < 400; stored++ {
		noise := event("d", stored)
		noise.Wire = randomBytes(uint64(stored), 30_000)
		if err = q.Put(t.Context(), []mapping.Record{noise}); err != nil {
			break
		}
	}
	if !errors.Is(err, jetstream.ErrStorage) {
		t.Fatalf("Put number %d on a disk of 6 MB: %v; want ErrStorage", stored, err)
	}
	<-q.Failed()
	if err := q.Put(t.Context(), events("d", 0, 1)); !errors.Is(err, jetstream.ErrStorage) {
		t.Errorf("Put after a write failed: %v; want ErrStorage", err)
	}
	if err := q.Close(); err != nil {
		t.Logf("Close: %v", err)
	}

	// With room again everything acknowledged is there.
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	q = open(t, cfg)
	got := drain(t, q, stored)["d"]
	for n := range stored {
		if want := event("d", n).InsertID; got[n] != want {
			t.Fatalf("event %d after the disk was full: %s; want %s", n, got[n], want)
		}
	}
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
