package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/listen"
	"github.com/ammeter/ammeter/internal/regular"
)

// newServer bounds how long a client may take, so that none can hold a connection
// forever. What the server itself complains of goes to the log.
func newServer(h http.Handler, secure *tls.Config, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		TLSConfig:         secure,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// serveOn serves until the server is closed, with TLS if it has a certificate.
func serveOn(server *http.Server, l net.Listener) error {
	if server.TLSConfig != nil {
		return server.ServeTLS(l, "", "")
	}
	return server.Serve(l)
}

// openPort listens at the address of a flag and writes the number of the port to a file, if
// one is named.
func openPort(ctx context.Context, flag, address, portFile string) (net.Listener, error) {
	listener, err := listen.TCP(ctx, flag, address)
	if err != nil {
		return nil, err
	}
	if err := writePort(portFile, listener.Addr()); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// scheme is that of URLs at which TLS is served, or is not.
func scheme(secure bool) string {
	if secure {
		return "https"
	}
	return "http"
}

// reachable is the URL of a listener, with an address that can be connected to:
// one on all addresses is named by the machine's own.
func reachable(scheme string, addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || len(tcp.IP) > 0 && !tcp.IP.IsUnspecified() {
		return scheme + "://" + addr.String()
	}
	return fmt.Sprintf("%s://127.0.0.1:%d (and all other addresses of this machine)", scheme, tcp.Port)
}

func isLoopback(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// staysHere reports whether only this machine reaches what listens at an address. A name
// other than localhost may be that of another interface.
func staysHere(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback())
}

func writePort(file string, addr net.Addr) error {
	if file == "" {
		return nil
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return fmt.Errorf("write port file: %s has no port", addr)
	}
	if err := regular.Writable(file); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	// In one step, for whoever waits for it must not read half of it.
	if err := regular.Replace(file, []byte(strconv.Itoa(tcp.Port)+"\n"), 0o644); err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	return nil
}
