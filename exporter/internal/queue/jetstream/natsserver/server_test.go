package natsserver

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

func start(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(Config{Dir: dir, Stream: "TEST", Socket: "test", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// answers reports whether a server answers on a connection.
func answers(t *testing.T, nc *nats.Conn) {
	t.Helper()
	if err := nc.Flush(); err != nil {
		t.Fatalf("a connection to the server: %v", err)
	}
}

func TestStart_DirectoryInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, dir)
	s, err := Start(Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if !errors.Is(err, ErrLocked) {
		t.Errorf("Start in a directory that is in use: %v, %v; want ErrLocked", s, err)
	}
}

// A failed server refuses writes until it is started anew, and its connections find the
// new one.
func TestServer_Restart(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	nc, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	answers(t, nc)
	failure := s.Failure()
	s.Fail(errors.New("write 1.blk: no space left on device"))
	select {
	case <-failure:
	default:
		t.Error("Failure is open after a write failed")
	}
	if err := s.Obstacle(1); !errors.Is(err, ErrStorage) {
		t.Errorf("Obstacle after a write failed: %v; want ErrStorage", err)
	}
	if err := s.Restart(); err != nil {
		t.Fatalf("Restart: %v", err)
	}
	if err := s.Err(); err != nil {
		t.Errorf("Err after a Restart: %v; want nil", err)
	}
	if err := nc.ForceReconnect(); err != nil {
		t.Fatal(err)
	}
	answers(t, nc)
}

// A directory that was replaced is not written to: its lock is another's.
func TestServer_RestartInReplacedDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "queue")
	s := start(t, dir)
	if err := errors.Join(os.Rename(dir, dir+".old"), os.Mkdir(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(); err == nil {
		t.Error("Restart in a directory that was replaced: no error")
	}
	if err := s.Err(); !errors.Is(err, ErrStorage) {
		t.Errorf("Err: %v; want ErrStorage", err)
	}
}

func TestServer_Serve(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if nc, err := ConnectBeside(dir, "test"); !errors.Is(err, ErrLocked) {
		t.Errorf("ConnectBeside without a server: %v, %v; want ErrLocked", nc, err)
	}
	s := start(t, dir)
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := s.Serve(ctx, &work); err != nil {
		t.Skipf("no socket on this system: %v", err)
	}
	nc, err := ConnectBeside(dir, "test")
	if err != nil {
		t.Fatalf("ConnectBeside: %v", err)
	}
	defer nc.Close()
	answers(t, nc)
}

// What the server says of its files decides what the queue does.
func TestServerLog(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ failed, damaged bool }{
		"Filestore [AMMETER_test] Critical write error: write 1.blk: no space left on device": {failed: true},
		"Filestore [AMMETER_test] Stream state checksum did not match last record: corrupt":   {},
		"Filestore [AMMETER_test] Corrupt message":                                            {damaged: true},
		"Error recovering Consumer: bad checksum":                                             {damaged: true},
		"JetStream resource limits exceeded":                                                  {},
	} {
		l := newServerLog(slog.New(slog.DiscardHandler))
		l.Warnf("%s", text)
		if failed, damaged := l.failedWith() != nil, l.damaged.Load(); failed != want.failed || damaged != want.damaged {
			t.Errorf("after %q: failed %v, damaged %v; want %v, %v", text, failed, damaged, want.failed, want.damaged)
		}
	}
}

func TestErrDiskFull_IsFull(t *testing.T) {
	t.Parallel()
	if !errors.Is(ErrDiskFull, queue.ErrFull) {
		t.Error("ErrDiskFull is not a queue.ErrFull: sources would not come again")
	}
}

// A small disk keeps a smaller part free, and a usual write needs less of it.
func TestReserveOf(t *testing.T) {
	t.Parallel()
	for size, want := range map[uint64]uint64{
		6 << 20: 2 << 20, 64 << 20: 8 << 20, 512 << 20: 32 << 20, 1 << 40: diskReserve,
	} {
		if got := reserveOf(size); got != want {
			t.Errorf("reserve of a disk of %d MiB: %d bytes; want %d", size>>20, got, want)
		}
	}
}
