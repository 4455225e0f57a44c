package jetstream_test

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
)

// singleServer starts a NATS server that is in no cluster.
func singleServer(t *testing.T, options server.Options) *server.Server {
	t.Helper()
	options.ServerName, options.Host, options.Port = "single", "127.0.0.1", -1
	options.NoSigs, options.JetStream, options.StoreDir = true, true, t.TempDir()
	node, err := server.NewServer(&options)
	if err != nil {
		t.Fatal(err)
	}
	node.Start()
	t.Cleanup(func() {
		node.Shutdown()
		node.WaitForShutdown()
	})
	if !node.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server does not start")
	}
	return node
}

// sharedQueue is for a queue of one partition on a server of its own.
func sharedQueue(t *testing.T) jetstream.Config {
	t.Helper()
	return jetstream.Config{
		URL: singleServer(t, server.Options{}).ClientURL(), Connector: "test", Partitions: 1, Replicas: 1, Lease: 2 * time.Second,
		MaxBytes: 8 << 20, Clock: clock.System(), Logger: logTo(t),
	}
}

// A single NATS server keeps one copy, unless somebody insists on more. The log says so.
func TestOpen_singleServer(t *testing.T) {
	t.Parallel()
	node := singleServer(t, server.Options{})
	var log lines
	cfg := jetstream.Config{URL: node.ClientURL(), Connector: "one", MaxBytes: 16 << 20, Partitions: 2, Clock: clock.System(), Logger: slog.New(slog.NewTextHandler(&log, nil))}
	look := cfg
	look.Passive = true
	if _, err := jetstream.Open(t.Context(), look); !errors.Is(err, jetstream.ErrNoQueue) {
		t.Errorf("look at a queue that was never made: %v, want ErrNoQueue", err)
	}
	if made, err := node.Jsz(nil); err != nil || made.Streams != 0 {
		t.Errorf("looking made %d streams, %v", made.Streams, err)
	}
	q, err := jetstream.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	record := mapping.Record{Type: "t", InsertID: "i", UserID: "u", Wire: []byte("{}")}
	if err := q.Store(t.Context(), batchOf([]mapping.Record{record})); err != nil {
		t.Error(err)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
	if want := `servers="a single server" replicas=1 partitions=2 lease=30s`; !strings.Contains(log.String(), want) {
		t.Errorf("the log does not say %s: %s", want, log.String())
	}
	cfg.Replicas = 3
	if _, err := jetstream.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "cannot keep 3 replicas: ask for 1") {
		t.Errorf("three replicas on one server: %v", err)
	}
}

// lines is what was logged. The connection logs in a goroutine of its own, also while it
// is closed.
type lines struct {
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// tlsServer starts a NATS server with a certificate of an authority that no system has, and
// returns that certificate as a file.
func tlsServer(t *testing.T) (node *server.Server, ca string) {
	t.Helper()
	site := httptest.NewTLSServer(nil) // it has such a certificate, for 127.0.0.1
	t.Cleanup(site.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: site.TLS.Certificates, MinVersion: tls.VersionTLS12}
	return singleServer(t, server.Options{TLS: true, TLSConfig: config, TLSTimeout: 60}), ca
}

// A server is trusted by the certificates of a file, and gets the credentials of another.
func TestOpen_certificatesAndCredentials(t *testing.T) {
	t.Parallel()
	node, ca := tlsServer(t)
	creds := filepath.Join(t.TempDir(), "user.creds")
	// The seed is of no real user. It signs what the server sends.
	const text = "-----BEGIN NATS USER JWT-----\neyJ0eXAiOiJKV1QifQ.e30.c2ln\n------END NATS USER JWT------\n\n" +
		"-----BEGIN USER NKEY SEED-----\nSUAPM67TC4RHQLKBX55NIQXSMATZDOZK6FNEOSS36CAYA7F7TY66LP4BOM\n------END USER NKEY SEED------\n"
	if err := os.WriteFile(creds, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := jetstream.Config{
		URL: node.ClientURL(), Connector: "one", MaxBytes: 16 << 20, Partitions: 1, Clock: clock.System(), Logger: logTo(t), CAFile: ca, CredentialsFile: creds,
	}
	open(t, cfg)
	cfg.CAFile = ""
	if _, err := jetstream.Open(t.Context(), cfg); !errors.Is(err, jetstream.ErrUnavailable) {
		t.Errorf("without the certificate: %v; want ErrUnavailable", err)
	}
}

// A file that is missing or of another kind is named, before anything is connected.
func TestOpen_wrongFilesForNATS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("neither of the two"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join(dir, "missing"), other} {
		for _, cfg := range []jetstream.Config{{CAFile: file}, {CredentialsFile: file}} {
			cfg.URL, cfg.Connector, cfg.Clock = "nats://127.0.0.1:1", "one", clock.System()
			_, err := jetstream.Open(t.Context(), cfg)
			if err == nil || errors.Is(err, jetstream.ErrUnavailable) || !strings.Contains(err.Error(), file) {
				t.Errorf("CA file %q, credentials %q: %v; want an error that names the file", cfg.CAFile, cfg.CredentialsFile, err)
			}
		}
	}
	for _, cfg := range []jetstream.Config{{CAFile: other}, {CredentialsFile: other}} {
		cfg.Dir, cfg.Connector, cfg.Clock = dir, "one", clock.System()
		if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), "without the URL") {
			t.Errorf("a queue in a directory with a file for NATS: %v; want an error", err)
		}
	}
}

// An error quotes no password of a URL.
func TestOpen_urlsArePrivate(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"nats://user:hunter2@127.0.0.1:1",
		"nats://user:hunter2@127.0.0.1:x",
		"nats://user:hun ter2@127.0.0.1:1,nats://user:hunter2@127.0.0.1:1",
		"nats://user:hunter2%zz@127.0.0.1:1",
	} {
		_, err := jetstream.Open(t.Context(), jetstream.Config{URL: url, Connector: "one", Clock: clock.System()})
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "hun ter2") {
			t.Errorf("%v", err)
		}
	}
}

// Two processes that change one value at the same time lose nothing of either: both have
// read it before one of them stores.
func TestUpdateState_twoProcesses(t *testing.T) {
	t.Parallel()
	cfg := sharedQueue(t)
	cfg.Partitions = 2
	queues := []*jetstream.Queue{open(t, cfg), open(t, cfg)}
	value := ""
	for range 3 { // the first time there is no value yet
		var changes, bothRead sync.WaitGroup
		bothRead.Add(len(queues))
		for i, q := range queues {
			changes.Go(func() {
				first := sync.OnceFunc(func() { bothRead.Done(); bothRead.Wait() })
				err := q.UpdateState(t.Context(), "key", func(value []byte) ([]byte, error) {
					first()
					return append(bytes.Clone(value), "ab"[i]), nil
				})
				if err != nil {
					t.Errorf("UpdateState: %v", err)
				}
			})
		}
		changes.Wait()
		now, _, err := queues[0].State(t.Context(), "key")
		added, extends := strings.CutPrefix(string(now), value)
		if err != nil || !extends || added != "ab" && added != "ba" {
			t.Errorf("%q, %v: want %q and both letters", now, err, value)
		}
		value = string(now)
	}
	stop := errors.New("stop")
	for _, made := range []error{nil, stop} {
		if err := queues[1].UpdateState(t.Context(), "key", func([]byte) ([]byte, error) { return nil, made }); !errors.Is(err, made) {
			t.Errorf("UpdateState: %v, want %v", err, made)
		}
	}
	if now, _, err := queues[0].State(t.Context(), "key"); err != nil || string(now) != value {
		t.Errorf("%q, %v: want it as it was", now, err)
	}
}
