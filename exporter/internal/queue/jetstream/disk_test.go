//go:build linux

package jetstream_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/natsserver"
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
		switch err := q.Store(t.Context(), batchOf([]mapping.Record{noise})); {
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
	cfg.Durability, cfg.Logger = jetstream.DurabilityFsync, logTo(t)
	q := open(t, cfg)
	stored := fillDisk(t, q)
	if err := q.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	q = open(t, cfg)
	wantOrder(t, q, stored)
	waitFor(t, "room after everything is done", func() bool { return q.Store(t.Context(), batchOf(events("d", 0, 1))) == nil })
	if err := q.Obstacle(); err != nil {
		t.Errorf("Obstacle: %v", err)
	}
}

// Somebody else takes all that the queue leaves free: a write fails, and what follows
// is refused with the cause. When there is room again the queue goes on by itself, with
// what was handed out meanwhile. Nothing stored is lost or handed out twice.
func TestQueue_DiskFilledByOthers(t *testing.T) {
	t.Parallel()
	dir := mountSmallDisk(t, "size=6m")
	cfg := config(filepath.Join(dir, "queue"))
	cfg.Durability, cfg.Logger = jetstream.DurabilityFsync, logTo(t)
	q := open(t, cfg)
	stored := fillDisk(t, q)
	first := next(t, q)
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 6<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
	err := q.SetState(t.Context(), "key", randomBytes(1, 10_000))
	if !errors.Is(err, jetstream.ErrStorage) || !strings.Contains(err.Error(), string(natsserver.CauseRoom)) {
		t.Fatalf("SetState on a full disk: %v; want ErrStorage and its cause", err)
	}
	if err := q.Store(t.Context(), batchOf(events("d", 0, 1))); !errors.Is(err, jetstream.ErrStorage) || !strings.Contains(err.Error(), string(natsserver.CauseRoom)) {
		t.Errorf("Put after a write failed: %v; want ErrStorage and its cause", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the queue to take events again", func() bool { return q.Store(t.Context(), batchOf(events("new", 0, 1))) == nil })
	if err := q.Commit(t.Context(), []byte(`{}`), first.ID); err != nil {
		t.Errorf("Commit of what was handed out before: %v", err)
	}
	got := map[string][]string{}
	for n := stored + 1 - len(first.Records); n > 0; {
		chunk := next(t, q)
		n -= len(chunk.Records)
		for i := range chunk.Records {
			r := &chunk.Records[i]
			got[r.DeviceID] = append(got[r.DeviceID], r.InsertID)
		}
		if err := q.Commit(t.Context(), []byte(`{}`), chunk.ID); err != nil {
			t.Fatalf("Commit: %v", err)
		}
	}
	for i, id := range got["d"] {
		if want := event("d", i+len(first.Records)).InsertID; id != want {
			t.Fatalf("event %d after the disk was full: %s; want %s", i, id, want)
		}
	}
	if len(got["new"]) != 1 {
		t.Errorf("new events: %v; want one", got["new"])
	}
	nothing(t, q, 200*time.Millisecond)
}

// A directory that is deleted or replaced takes nothing more, and says so.
func TestQueue_DirectoryGone(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(dir string) error{
		"deleted":  func(dir string) error { return errors.Join(os.Rename(dir, dir+".old"), os.RemoveAll(dir+".old")) },
		"emptied":  func(dir string) error { return os.Rename(filepath.Join(dir, "nats"), dir+".old") },
		"renamed":  func(dir string) error { return os.Rename(dir, dir+".old") },
		"replaced": func(dir string) error { return errors.Join(os.Rename(dir, dir+".old"), os.Mkdir(dir, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(filepath.Join(t.TempDir(), "queue"))
			cfg.Logger = logTo(t)
			q := open(t, cfg)
			put(t, q, events("d", 0, 10)...)
			if err := remove(cfg.Dir); err != nil {
				t.Fatal(err)
			}
			err := q.Store(t.Context(), batchOf(events("d", 10, 20)))
			if !errors.Is(err, jetstream.ErrStorage) || !strings.Contains(err.Error(), string(natsserver.CauseGone)) {
				t.Errorf("Put: %v; want ErrStorage and its cause", err)
			}
			if err := q.Obstacle(); !errors.Is(err, jetstream.ErrStorage) {
				t.Errorf("Obstacle: %v; want ErrStorage", err)
			}
		})
	}
}

// The lock holds when its file is deleted.
func TestOpen_LockFileDeleted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, config(dir))
	if err := os.Remove(filepath.Join(dir, "lock")); err != nil {
		t.Fatal(err)
	}
	if _, err := jetstream.Open(t.Context(), config(dir)); !errors.Is(err, jetstream.ErrLocked) {
		t.Errorf("Open of a directory in use whose lock file was deleted: %v; want ErrLocked", err)
	}
}

// The bound of a queue can be changed in both directions, and a directory can hold
// several queues.
func TestOpen_OtherBoundAndOtherName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, c := range []struct {
		name string
		max  int64
	}{
		{"test", 8 << 30}, {"test", 4 << 30}, {"test", 1 << 20}, {"test", 64 << 30}, {"second", 8 << 30}, {"third", 1 << 20}, {"test", 8 << 30},
	} {
		cfg := config(dir)
		cfg.Connector, cfg.MaxBytes = c.name, c.max
		q, err := jetstream.Open(t.Context(), cfg)
		if err != nil {
			t.Fatalf("%d: Open %s of %d bytes: %v", i, c.name, c.max, err)
		}
		put(t, q, events("d", 0, 10)...)
		stats, err := q.Stats(t.Context())
		if want := uint64(c.max - 2*(c.max/8)); err != nil || stats.MaxBytes != want {
			t.Errorf("%d: %s takes %d bytes, %v; want %d", i, c.name, stats.MaxBytes, err, want)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
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

// Every cause has its words, whatever else is in the text.
func TestClassifyFile_causes(t *testing.T) {
	t.Parallel()
	for errno, want := range map[syscall.Errno]natsserver.Cause{
		syscall.ENOSPC: natsserver.CauseRoom, syscall.EDQUOT: natsserver.CauseRoom,
		syscall.EMFILE: natsserver.CauseDescriptors, syscall.ENFILE: natsserver.CauseDescriptors,
		syscall.EACCES: natsserver.CausePermission, syscall.EPERM: natsserver.CausePermission,
		syscall.EROFS: natsserver.CauseReadOnly, syscall.EFBIG: natsserver.CauseFileSize, syscall.EIO: natsserver.CauseIO,
		syscall.ENOENT: natsserver.CauseGone, syscall.EXDEV: natsserver.CauseOther,
	} {
		err := jetstream.ClassifyFile("store", &os.PathError{Op: "write", Path: "/queue/1.blk", Err: errno})
		if !errors.Is(err, jetstream.ErrStorage) || !strings.Contains(err.Error(), string(want)) {
			t.Errorf("%v: %v; want ErrStorage: %s", errno, err, want)
		}
		// The server passes the text on.
		said, _ := natsserver.CauseIn("Filestore [AMMETER_test] Critical write error: write 1.blk: " + errno.Error())
		if errno != syscall.ENOENT && said != want {
			t.Errorf("%v as text: %s; want %s", errno, said, want)
		}
	}
}

// What is too large for an empty queue is not called a matter of time.
func TestQueue_PutNeverFits(t *testing.T) {
	t.Parallel()
	cfg := config(t.TempDir())
	cfg.MaxBytes = 1 << 20
	q := open(t, cfg)
	large := event("d", 0)
	large.Wire = randomBytes(1, 900_000)
	if err := q.Store(t.Context(), batchOf([]mapping.Record{large})); !errors.Is(err, jetstream.ErrNeverFits) || errors.Is(err, queue.ErrFull) {
		t.Errorf("Put of 900 kB into a queue of 786 kB: %v; want ErrNeverFits", err)
	}
	other := event("d", 1)
	other.Wire = randomBytes(2, 100_000)
	put(t, q, other)
	large.Wire = large.Wire[:700_000]
	if err := q.Store(t.Context(), batchOf([]mapping.Record{large})); !errors.Is(err, queue.ErrFull) {
		t.Errorf("Put of what fits into an empty queue: %v; want ErrFull", err)
	}
}
