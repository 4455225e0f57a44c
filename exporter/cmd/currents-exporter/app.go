package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/alert"
	"github.com/ammeter/ammeter/exporter/status"
)

// app is an exporter with what runs beside it: the alarm, the watch on the
// key's file, and the status pages.
type app struct {
	*exporter.Exporter
	log   *slog.Logger
	level *slog.LevelVar
	alarm *alert.KeyNotifier // nil: no mail is sent
	key   *keyFile
	pages net.Listener // nil: none of their own

	// hangup receives SIGHUP from the start of the program to its end: without it, one that
	// comes while the queue is opened or closed would end the program.
	hangup chan os.Signal

	invocation  *invocation       // the start
	posts       bool              // serve, not export
	certificate *certificate      // nil: no TLS
	taken       map[string]string // flags as last read

	letters *deadLetterFile // nil: the queue keeps dead letters

	inMemory bool            // the queue
	before   exporter.Ledger // of the queue, when this process opened it
	target   string          // URL of Amplitude
	refused  atomic.Bool     // Amplitude refuses the key at present
}

// newApp builds all that the flags ask for. Nothing runs yet, but the port of the
// status pages is open. posts are the flags of a command that takes posts, else nil.
func (d *deliveryFlags) newApp(
	ctx context.Context, s streams, in *invocation, posts *listenFlags, adjust func(*exporter.Config) error,
) (*app, error) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	level := new(slog.LevelVar)
	log := d.logger(s.log, level)
	secure, err := posts.openCertificate(log)
	if err != nil {
		return nil, err
	}
	cfg, err := d.config(log)
	if err != nil {
		return nil, err
	}
	if err := adjust(&cfg); err != nil {
		return nil, err
	}
	st := &app{
		log: log, level: level, hangup: hangup, inMemory: cfg.Queue.Dir == "" && cfg.Queue.URL == "",
		invocation: in, taken: in.values(), posts: posts != nil, certificate: secure,
	}
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
			st.alarm.Notify(k)
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
	st.before, st.target = st.Ledger(), cfg.Target()
	st.key = &keyFile{path: d.APIKeyFile, key: cfg.APIKey, set: st.SetAPIKey, log: log}
	if d.AdminListen != "" {
		st.pages, err = openPort(ctx, "--admin-listen", d.AdminListen, d.AdminPortFile)
		if err != nil {
			return nil, errors.Join(err, st.abandon())
		}
		log.Info("status pages are open", "address", st.url(st.pages))
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

// isEmpty reports whether the queue holds nothing. One that does not answer holds
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
	ticker := time.NewTicker(keyPoll)
	work.Go(func() { st.watch(ctx, ticker.C) })
	if st.alarm != nil {
		work.Go(func() { st.alarm.Run(ctx) })
	}
	pages := newServer(st.StatusHandler(), st.certificate.config(), st.log)
	if st.pages != nil {
		work.Go(func() {
			if err := serveOn(pages, st.pages); !errors.Is(err, http.ErrServerClosed) {
				st.log.Error("status pages are gone", "err", err)
			}
		})
	}
	return func() {
		cancel()
		ticker.Stop()
		// Only pages are cut short by this.
		_ = pages.Close()
		work.Wait()
	}
}

// watch looks at the files of the key and the certificate at every tick, and reads all
// settings again on SIGHUP.
func (st *app) watch(ctx context.Context, tick <-chan time.Time) {
	for {
		select {
		case <-tick:
			st.key.look()
			st.certificate.look()
		case <-st.hangup:
			st.reload(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// url is where a listener of the app is reached.
func (st *app) url(l net.Listener) string { return reachable(scheme(st.certificate != nil), l.Addr()) }

// Close closes the exporter's queue, and the file of dead letters after it.
func (st *app) Close() error { return errors.Join(st.Exporter.Close(), st.letters.Close()) }
