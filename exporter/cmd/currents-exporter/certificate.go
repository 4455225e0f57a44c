package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
)

// certificate is what TLS is served with. It is read again while the program runs, because
// certificates are renewed under the same names.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	cert, key         []byte // as taken over
	failing           bool   // as last logged
	served            atomic.Pointer[tls.Certificate]
}

// openCertificate reads the pair that the flags name. It returns nil if they name none.
func (r *listenFlags) openCertificate(log *slog.Logger) (*certificate, error) {
	switch {
	case r == nil || r.TLSCert == "" && r.TLSKey == "":
		return nil, nil // no certificate and no error: TLS is not wanted
	case r.TLSCert == "" || r.TLSKey == "":
		return nil, &usageError{errors.New("--tls-cert and --tls-key belong together: give both, or neither to serve plain HTTP")}
	}
	c := &certificate{certFile: r.TLSCert, keyFile: r.TLSKey, log: log}
	if _, err := c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// read takes over the pair in the files, and reports whether it is another one.
func (c *certificate) read() (changed bool, err error) {
	cert, err := os.ReadFile(c.certFile)
	if err != nil {
		return false, fmt.Errorf("read certificate: %w", err)
	}
	key, err := os.ReadFile(c.keyFile)
	if err != nil {
		return false, fmt.Errorf("read key of the certificate: %w", err)
	}
	if bytes.Equal(cert, c.cert) && bytes.Equal(key, c.key) {
		return false, nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return false, &usageError{fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err)}
	}
	c.cert, c.key = cert, key
	c.served.Store(&pair)
	return true, nil
}

// look takes over a renewed certificate. What cannot be read is logged once.
func (c *certificate) look() {
	if c == nil {
		return
	}
	changed, err := c.read()
	switch {
	case changed:
		c.log.Info("certificate was read again")
	case err != nil && !c.failing:
		c.log.Error("certificate cannot be read again: the one before stays", "err", err)
	}
	c.failing = err != nil
}

// config serves the present certificate; nil: plain HTTP.
func (c *certificate) config() *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.served.Load(), nil },
	}
}
