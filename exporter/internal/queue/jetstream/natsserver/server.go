package natsserver

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startTimeout bounds how long a server may recover its files. It reads several
// gigabytes in a second.
const startTimeout = 5 * time.Minute

// Config of a Server.
type Config struct {
	// Dir is where the files are.
	Dir string
	// Stream is the name of the stream whose consumers are deleted at every start. The
	// caller makes them anew: the server does not make one whose files are damaged.
	Stream string
	// Socket is the name of the socket in Dir, without its extension.
	Socket string
	// SyncAlways has every write followed by an fsync.
	SyncAlways bool
	// Logger gets warnings and errors of the server.
	Logger *slog.Logger
}

// Server is a NATS server in this process. After a failed write it is started anew.
type Server struct {
	cfg  Config
	lock *dirLock
	log  *serverLog

	mu sync.Mutex // guards what follows
	ns *server.Server
}

// HasStream reports whether the directory holds the stream. It makes nothing.
func (c Config) HasStream() bool {
	_, err := os.Stat(c.streamDir(c.Stream))
	return !errors.Is(err, fs.ErrNotExist)
}

func (c Config) streamDir(name string) string {
	return filepath.Join(c.Dir, "nats", "jetstream", "$G", "streams", name)
}

// DropSettings removes the settings of a stream that the server does not know, and reports
// whether there is such a stream: then they are damaged. The server would write none over
// them when the stream is made from its messages, and not know it the next time.
func (s *Server) DropSettings(stream string) (damaged bool, err error) {
	dir := s.cfg.streamDir(stream)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, name := range []string{server.JetStreamMetaFile, server.JetStreamMetaFileSum} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return true, StorageError(err)
		}
	}
	return true, nil
}

// Start starts a server. It returns ErrLocked if another process uses the directory.
func Start(cfg Config) (*Server, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		cause, known := causeOf(err)
		if !known || cause == CauseGone {
			cause = "its directory cannot be made: give another"
		}
		return nil, fmt.Errorf("%w: %s (%w)", ErrStorage, cause, err)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, lock: lock, log: newServerLog(cfg.Logger)}
	if err := errors.Join(probeDir(cfg.Dir), s.dropConsumers()); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := s.start(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func (s *Server) start() error {
	ns, err := runServer(&server.Options{
		ServerName:         "currents-exporter",
		DontListen:         true,
		NoSigs:             true,
		JetStream:          true,
		StoreDir:           filepath.Join(s.cfg.Dir, "nats"),
		SyncAlways:         s.cfg.SyncAlways,
		JetStreamMaxMemory: 64 << 20,
		// The streams have bounds of their own. The sum of those is checked against
		// this, those of other queues in the directory and of before a change too.
		JetStreamMaxStore: storeMax,
	}, s.log)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ns = ns
	return nil
}

// storeMax is more than any disk has.
const storeMax = 1 << 60

// stop ends the server, not the lock on its directory.
func (s *Server) stop() {
	s.mu.Lock()
	ns := s.ns
	s.ns = nil
	s.mu.Unlock()
	if ns != nil {
		ns.Shutdown()
		ns.WaitForShutdown()
	}
}

var errRestarting = errors.New("the server in the process is being started anew")

// InProcessConn connects to the present server.
func (s *Server) InProcessConn() (net.Conn, error) {
	s.mu.Lock()
	ns := s.ns
	s.mu.Unlock()
	if ns == nil {
		return nil, errRestarting
	}
	return ns.InProcessConn()
}

func (s *Server) dropConsumers() error {
	dir := filepath.Join(s.cfg.streamDir(s.cfg.Stream), "obs")
	if err := os.RemoveAll(dir); err != nil {
		return StorageError(err)
	}
	return nil
}

func runServer(opts *server.Options, log *serverLog) (*server.Server, error) {
	ns, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("configure NATS server: %w", err)
	}
	ns.SetLoggerV2(log, false, false, false)
	ns.Start()
	if !started(ns, log) {
		ns.Shutdown()
		ns.WaitForShutdown()
		if err := log.failedWith(); err != nil {
			return nil, fmt.Errorf("NATS server does not start on %q: %w", opts.StoreDir, err)
		}
		return nil, fmt.Errorf("%w: NATS server does not start on %q: see its messages in the log", ErrStorage, opts.StoreDir)
	}
	return ns, nil
}

// started waits until the server is ready, and reports false if it never will be.
func started(ns *server.Server, log *serverLog) bool {
	for range startTimeout / (100 * time.Millisecond) {
		select {
		case <-log.failure():
			return false
		default:
		}
		if ns.ReadyForConnections(100 * time.Millisecond) {
			return ns.JetStreamEnabled()
		}
	}
	return false
}

// Connect returns a connection to the server, which outlives a Restart.
func (s *Server) Connect() (*nats.Conn, error) {
	nc, err := nats.Connect("", nats.InProcessServer(s), nats.Name("currents-exporter"),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ReconnectBufSize(-1)) // what cannot be sent now is an error now
	if err != nil {
		return nil, fmt.Errorf("connect to the NATS server in the process: %w", err)
	}
	return nc, nil
}

// Close ends the server and releases the directory.
func (s *Server) Close() error {
	s.stop()
	return s.lock.Close()
}
