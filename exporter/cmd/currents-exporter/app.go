package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/alert"
	"github.com/ammeter/ammeter/exporter/status"
	"github.com/ammeter/ammeter/internal/regular"
)

// app is an exporter with what runs beside it: the alarm, the watch on the
// key's file, and the status pages.
type app struct {
	*exporter.Exporter
	log   *slog.Logger
	alarm *alert.KeyNotifier // nil: nobody wants mail
	key   *keyFile
	pages net.Listener // nil: none of their own

	letters *deadLetterFile // nil: the queue keeps dead letters

	inMemory    bool        // the queue
	notIngested int64       // in the ledger, from before this process
	refused     atomic.Bool // Amplitude refuses the key at present
}

// newApp builds all that the flags ask for. Nothing runs yet, but the port of the
// status pages is open.
func (d *deliveryFlags) newApp(ctx context.Context, s streams, adjust func(*exporter.Config) error) (*app, error) {
	log := d.logger(s.err)
	cfg, err := d.config(log)
	if err != nil {
		return nil, err
	}
	if err := adjust(&cfg); err != nil {
		return nil, err
	}
	st := &app{log: log, inMemory: cfg.Queue.Dir == "" && cfg.Queue.URL == ""}
	mailbox, err := d.mailbox()
	if err != nil {
		return nil, err
	}
	if mailbox != nil {
		connector := alert.Connector{Name: d.Name, Target: cfg.Target(), Grace: d.CredentialGrace}
		st.alarm = alert.New(connector, mailbox, clock.System(), log, func() int64 { return st.Ledger().Held })
	}
	cfg.OnKey = func(k status.KeyState) {
		st.refused.Store(k.Refused)
		if st.alarm != nil {
			st.alarm.Notify(alert.State{Refused: k.Refused, Since: k.Since, Held: k.Held, Dropped: k.Dropped})
		}
	}
	if d.DataDir == "" && d.NATSURL == "" {
		if st.letters, err = d.openDeadLetters(s.err); err != nil {
			return nil, err
		}
		cfg.OnDeadLetter = st.letters.take
	}
	if st.Exporter, err = build(ctx, cfg); err != nil {
		return nil, errors.Join(err, st.letters.Close())
	}
	st.notIngested = st.Ledger().NotIngested
	st.key = &keyFile{path: d.APIKeyFile, key: cfg.APIKey, set: st.SetAPIKey, log: log}
	if d.AdminListen != "" {
		st.pages, err = listen(ctx, d.AdminListen, d.AdminPortFile)
		if err != nil {
			return nil, errors.Join(err, st.abandon())
		}
		log.Info("status pages are open", "address", reachable(st.pages.Addr()))
		if cfg.AdminToken == "" && !isLoopback(st.pages.Addr()) {
			log.Warn("whoever reaches the status pages can read them: set --admin-token-file, or give --admin-listen a loopback address")
		}
	}
	return st, nil
}

// abandon closes what newApp opened, where nothing was started.
func (st *app) abandon() error {
	var err error
	if st.pages != nil {
		err = st.pages.Close()
	}
	return errors.Join(err, st.Close())
}

// isEmpty asks the queue whether it holds nothing. One that does not answer holds
// something.
func (st *app) isEmpty(ctx context.Context) bool {
	empty, err := st.IsEmpty(context.WithoutCancel(ctx))
	if err != nil {
		st.log.Warn("queue does not say what it holds", "err", err)
	}
	return empty && err == nil
}

// start starts what runs beside the exporter; stop ends it and waits for it.
func (st *app) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	ticker := time.NewTicker(keyPoll)
	work.Go(func() { st.key.watch(ctx, ticker.C, hangup) })
	if st.alarm != nil {
		work.Go(func() { st.alarm.Run(ctx) })
	}
	pages := newServer(st.StatusHandler())
	if st.pages != nil {
		work.Go(func() {
			if err := pages.Serve(st.pages); !errors.Is(err, http.ErrServerClosed) {
				st.log.Error("status pages are gone", "err", err)
			}
		})
	}
	return func() {
		cancel()
		signal.Stop(hangup)
		ticker.Stop()
		// Only pages are cut short by this.
		_ = pages.Close()
		work.Wait()
	}
}

// newServer bounds how long a client may take, so that none can hold a connection
// forever.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
	}
}

// listen opens a port and writes its number to a file, if one is named.
func listen(ctx context.Context, address, portFile string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if err := writePort(portFile, listener.Addr()); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// reachable is the URL of a listener, with an address that can be connected to:
// one on all addresses is named by the machine's own.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || len(tcp.IP) > 0 && !tcp.IP.IsUnspecified() {
		return "http://" + addr.String()
	}
	return fmt.Sprintf("http://127.0.0.1:%d (and all other addresses of this machine)", tcp.Port)
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

func writePort(file string, addr net.Addr) error {
	if file == "" {
		return nil
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("write port file: %s has no port", addr)
	}
	// Renamed into place, for whoever waits for it must not read half of it.
	partial := filepath.Clean(file) + ".partial"
	if err := regular.Writable(file); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	if err := regular.WriteFile(partial, []byte(strconv.Itoa(tcp.Port)+"\n"), 0o644); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	if err := os.Rename(partial, file); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	return nil
}

// Close closes the exporter's queue, and the file of dead letters after it.
func (st *app) Close() error { return errors.Join(st.Exporter.Close(), st.letters.Close()) }
