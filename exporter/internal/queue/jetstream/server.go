package jetstream

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startTimeout bounds how long an embedded server may recover its files. It reads
// several gigabytes in a second.
const startTimeout = 5 * time.Minute

// embedded is a server in this process. It listens nowhere.
type embedded struct {
	ns   *server.Server
	lock *os.File
	log  *serverLog
}

// startEmbedded starts a server on the directory of cfg.
func startEmbedded(cfg Config) (*embedded, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	log := newServerLog(cfg.Logger)
	ns, err := runServer(&server.Options{
		ServerName:         "currents-exporter",
		DontListen:         true,
		NoSigs:             true,
		JetStream:          true,
		StoreDir:           filepath.Join(cfg.Dir, "nats"),
		SyncAlways:         cfg.Durability == Always,
		JetStreamMaxMemory: 64 << 20,
		// The streams have bounds of their own; the rest is for the state.
		JetStreamMaxStore: cfg.MaxBytes + 2*stateBytes,
	}, log)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &embedded{ns: ns, lock: lock, log: log}, nil
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
		return nil, fmt.Errorf("%w: NATS server does not start on %q: see its messages in the log", ErrStorage, opts.StoreDir)
	}
	return ns, nil
}

// started waits until the server is ready, and reports false if it never will be.
func started(ns *server.Server, log *serverLog) bool {
	for range startTimeout / (100 * time.Millisecond) {
		select {
		case <-log.failed:
			return false
		default:
		}
		if ns.ReadyForConnections(100 * time.Millisecond) {
			return ns.JetStreamEnabled()
		}
	}
	return false
}

func (e *embedded) connect() (*nats.Conn, error) {
	nc, err := nats.Connect("", nats.InProcessServer(e.ns), nats.Name("currents-exporter"))
	if err != nil {
		return nil, fmt.Errorf("connect to the NATS server in the process: %w", err)
	}
	return nc, nil
}

func (e *embedded) close() error {
	e.ns.Shutdown()
	e.ns.WaitForShutdown()
	return e.lock.Close()
}

// connectCluster connects to an external cluster, and goes on trying for ever
// once it has been connected.
func connectCluster(cfg Config) (*nats.Conn, error) {
	nc, err := nats.Connect(cfg.URL,
		nats.Name("currents-exporter "+cfg.Connector),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250*time.Millisecond),
		nats.PingInterval(cfg.Lease/3),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			cfg.Logger.Warn("connection to the NATS cluster is lost, will reconnect", "err", err)
		}),
		nats.ReconnectHandler(func(*nats.Conn) { cfg.Logger.Info("connected to the NATS cluster again") }),
	)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS cluster: %w: %w", ErrUnavailable, err)
	}
	return nc, nil
}
