package jetstream

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/natsserver"
	"github.com/ammeter/ammeter/internal/secret"
)

// A cluster that has just lost or gained a node does not answer for some seconds.
const (
	openAttempts = 6
	openPause    = time.Second
)

// connect starts the server in the process and connects to it, or connects to a cluster.
func (q *Queue) connect() (err error) {
	switch {
	case q.cfg.shared():
		q.nc, err = connectCluster(q.cfg)
	case q.cfg.Passive && !q.cfg.embedded().HasStream():
		return ErrNoQueue // a passive queue makes nothing, not even a directory
	default:
		q.server, err = natsserver.Start(q.cfg.embedded())
		switch {
		case errors.Is(err, ErrLocked) && q.cfg.Passive:
			q.cfg.beside = true
			q.nc, err = natsserver.ConnectBeside(q.cfg.Dir, q.cfg.Connector)
		case err == nil:
			q.nc, err = q.server.Connect()
		}
	}
	if err != nil {
		return err
	}
	if !q.cfg.beside {
		if q.cfg.Replicas, err = replicas(q.cfg.Replicas, q.nc.ConnectedClusterName() != ""); err != nil {
			return err
		}
	}
	q.js, err = jetstream.New(q.nc)
	return err
}

// retry does something again as long as the cluster is not reachable, a few times at
// most.
func (q *Queue) retry(ctx context.Context, do func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		err := do(ctx)
		if attempt == openAttempts || !errors.Is(err, ErrUnavailable) || !q.cfg.shared() {
			return err
		}
		q.log.Warn("queue is not reachable, will retry", "attempt", attempt, "err", err)
		select {
		case <-time.After(openPause):
		case <-ctx.Done():
			return err
		}
	}
}

// servers names the cluster, for people.
func (q *Queue) servers() string {
	if name := q.nc.ConnectedClusterName(); name != "" {
		return "cluster " + name
	}
	return "a single server"
}

// replicas returns how many copies the servers are to keep: as many as are wanted,
// zero for as many as are usual.
func replicas(wanted int, isCluster bool) (int, error) {
	switch {
	case wanted == 0 && isCluster:
		return 3, nil
	case wanted == 0:
		return 1, nil
	case wanted > 1 && !isCluster:
		return 0, fmt.Errorf("the NATS server is a single one and cannot keep %d replicas: ask for 1, or name a cluster", wanted)
	default:
		return wanted, nil
	}
}

// connectCluster connects to an external cluster, and goes on trying for ever
// once it has been connected.
func connectCluster(cfg Config) (*nats.Conn, error) {
	security, err := cfg.security()
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(cfg.URL, append(security,
		nats.Name("currents-exporter "+cfg.Connector),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250*time.Millisecond),
		nats.PingInterval(cfg.Lease/3),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if !nc.IsClosed() { // it is called when this process closes the connection, too
				cfg.Logger.Warn("connection to the NATS cluster is lost, will reconnect", "err", err)
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { cfg.Logger.Info("connected to the NATS cluster again") }),
	)...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS cluster: %w: %s", ErrUnavailable, withoutPasswords(err.Error(), cfg.URL))
	}
	return nc, nil
}

// security returns the options that the two files are for. A file that is not there
// or is of another kind would be reported as a cluster that does not answer.
func (c Config) security() (options []nats.Option, err error) {
	if c.CredentialsFile != "" {
		text, err := os.ReadFile(c.CredentialsFile)
		if err != nil {
			return nil, fmt.Errorf("read the NATS credentials: %w", err)
		}
		if !bytes.Contains(text, []byte("BEGIN NATS USER JWT")) || !bytes.Contains(text, []byte("BEGIN USER NKEY SEED")) {
			return nil, fmt.Errorf("%s holds no credentials of a NATS user: give a .creds file as nsc makes it", c.CredentialsFile)
		}
		options = append(options, nats.UserCredentials(c.CredentialsFile))
	}
	if c.CAFile != "" {
		text, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read the certificates that NATS servers are checked against: %w", err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form to check NATS servers against", c.CAFile)
		}
		options = append(options, nats.RootCAs(c.CAFile))
	}
	return options, nil
}

// withoutPasswords returns the text of an error that may quote one of the URLs.
func withoutPasswords(text, urls string) string {
	for u := range strings.SplitSeq(urls, ",") {
		if u = strings.TrimSpace(u); u != "" {
			text = strings.ReplaceAll(text, u, secret.URL(u))
		}
	}
	return text
}
