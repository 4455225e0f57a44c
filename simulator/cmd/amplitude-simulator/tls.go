package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/certificate"
)

// certificate is the one to serve, or nil without TLS.
func (a *addresses) certificate(now time.Time) (*tls.Certificate, error) {
	switch {
	case !a.secure():
		return nil, nil
	case (a.TLSCert == "") != (a.TLSKey == ""):
		return nil, usageError{errors.New("give --tls-cert and --tls-key, or neither to have a certificate made")}
	case a.TLSCert != "":
		given, err := tls.LoadX509KeyPair(a.TLSCert, a.TLSKey)
		if err != nil {
			return nil, usageError{fmt.Errorf("read certificate: %w", err)}
		}
		return &given, nil
	}
	made, err := certificate.SelfSigned(now, a.hosts()...)
	if err != nil {
		return nil, err
	}
	return &made, nil
}

// hosts are the names by which others may call this machine.
func (a *addresses) hosts() []string {
	var hosts []string
	for _, address := range []string{a.Listen, a.AdminListen} {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
			hosts = append(hosts, host)
		}
	}
	if name, err := os.Hostname(); err == nil { // in a container, the name it has in its network
		hosts = append(hosts, name)
	}
	return hosts
}
