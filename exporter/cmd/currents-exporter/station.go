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
	"syscall"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/alert"
)

// station is an exporter with what runs beside it: the alarm, the watch on the
// key's file, and the status pages.
type station struct {
	*exporter.Exporter
	log   *slog.Logger
	alarm *alert.Alarm // nil: nobody wants mail
	key   *keyFile
	pages net.Listener // nil: none of their own
}

// station builds all that the flags ask for. Nothing runs yet, but the port of the
// status pages is open.
func (d *destination) station(ctx context.Context, s streams, adjust func(*exporter.Config) error) (*station, error) {
	log := d.logger(s.err)
	cfg, err := d.config(log)
	if err != nil {
		return nil, err
	}
	if err := adjust(&cfg); err != nil {
		return nil, err
	}
	st := &station{log: log}
	mailbox, err := d.mailbox()
	if err != nil {
		return nil, err
	}
	if mailbox != nil {
		connector := alert.Connector{Name: d.Name, Target: cfg.URL, Grace: d.CredentialGrace}
		st.alarm = alert.New(connector, mailbox, clock{}, log, func() int64 { return st.Ledger().Held })
		cfg.OnKey = func(k exporter.KeyState) {
			st.alarm.Tell(alert.State{Refused: k.Refused, Since: k.Since, Held: k.Held, Dropped: k.Dropped})
		}
	}
	if st.Exporter, err = build(ctx, cfg); err != nil {
		return nil, err
	}
	st.key = &keyFile{path: d.APIKeyFile, key: cfg.APIKey, set: st.SetAPIKey, log: log}
	if d.AdminListen != "" {
		st.pages, err = listen(ctx, d.AdminListen, d.AdminPortFile)
		if err != nil {
			return nil, err
		}
		log.Info("status pages are open", "address", st.pages.Addr().String())
	}
	return st, nil
}

// start starts what runs beside the exporter; stop ends it and waits for it.
func (st *station) start(ctx context.Context) (stop func()) {
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
// for ever.
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
	if err := os.WriteFile(partial, []byte(strconv.Itoa(tcp.Port)+"\n"), 0o644); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	if err := os.Rename(partial, file); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	return nil
}

// clock is the system's.
type clock struct{}

func (clock) Now() time.Time {
	return time.Now() //nolint:forbidigo // the program is the outermost layer: the clock comes from here
}

func (clock) After(d time.Duration) <-chan time.Time { return time.After(d) }
