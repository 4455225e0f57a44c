package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/ammeter/ammeter/internal/listen"
	"github.com/ammeter/ammeter/internal/regular"
)

// addresses are the flags that all commands which have to find the simulator have in
// common, so that the same environment and file lead all of them to the same place.
type addresses struct {
	Config      string `type:"path" placeholder:"FILE" help:"Configuration file, in YAML. Flags and the environment come before it."`
	Listen      string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the API (${default}); port 0 takes a free one."`
	AdminListen string `placeholder:"HOST:PORT" help:"Address of the control API. Default: served with the API."`
	PortFile    string `type:"path" placeholder:"FILE" help:"Where the port is written once it is open; with --admin-listen that port on a second line."`
	TLS         bool   `name:"tls" help:"Serve TLS, with a certificate made for the occasion unless one is given."`
	TLSCert     string `name:"tls-cert" type:"path" placeholder:"FILE" help:"Serve TLS with this certificate, in PEM."`
	TLSKey      string `name:"tls-key" type:"path" placeholder:"FILE" help:"Key of that certificate, in PEM."`
}

// listen opens the listeners; the second is nil if one serves both.
func (a *addresses) listen(ctx context.Context) (api, admin net.Listener, err error) {
	for _, of := range []struct{ flag, address string }{{"--listen", a.Listen}, {"--admin-listen", cmp.Or(a.AdminListen, ":0")}} {
		_, port, err := net.SplitHostPort(of.address)
		if err == nil {
			_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
		}
		if err != nil {
			return nil, nil, usageError{fmt.Errorf("%s %q: want an address such as 127.0.0.1:8080: %w", of.flag, of.address, err)}
		}
	}
	if api, err = listen.TCP(ctx, "--listen", a.Listen); err != nil {
		return nil, nil, err
	}
	if a.AdminListen == "" {
		return api, nil, nil
	}
	if admin, err = listen.TCP(ctx, "--admin-listen", a.AdminListen); err != nil {
		api.Close()
		return nil, nil, err
	}
	return api, admin, nil
}

// apiURL is where clients on this machine find the API, adminURL the control API.
func (a *addresses) apiURL() (string, error) { return a.url(a.Listen, 0) }

func (a *addresses) adminURL() (string, error) {
	if a.AdminListen == "" {
		return a.apiURL()
	}
	return a.url(a.AdminListen, 1)
}

// url is the base URL of an address whose port, if it is 0, stands on a line of the
// port file.
func (a *addresses) url(listen string, line int) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", usageError{fmt.Errorf("address %q: %w", listen, err)}
	}
	if port == "0" {
		if port, err = readPort(a.PortFile, line); err != nil {
			return "", err
		}
	}
	return a.scheme() + "://" + net.JoinHostPort(reachable(host), port), nil
}

// reachable is the host by which clients on this machine find a listener.
func reachable(listen string) string {
	ip := net.ParseIP(listen)
	switch {
	case listen != "" && (ip == nil || !ip.IsUnspecified()):
		return listen
	case ip != nil && ip.To4() == nil:
		return "localhost" // maybe nothing but IPv6
	}
	return "127.0.0.1" // listening everywhere includes here
}

// shown is the base URL of an open listener that was asked for by an address. One that
// listens everywhere is shown by a name that can be called.
func (a *addresses) shown(listen string, open net.Listener) (url, note string) {
	host, port, err := net.SplitHostPort(open.Addr().String())
	if err != nil {
		return a.scheme() + "://" + open.Addr().String(), ""
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host, note = "", " (on all addresses)"
		if asked, _, err := net.SplitHostPort(listen); err == nil {
			host = asked
		}
	}
	return a.scheme() + "://" + net.JoinHostPort(reachable(host), port), note
}

func (a *addresses) scheme() string {
	if a.secure() {
		return "https"
	}
	return "http"
}

// secure reports whether TLS is served.
func (a *addresses) secure() bool { return a.TLS || cmp.Or(a.TLSCert, a.TLSKey) != "" }

func readPort(file string, line int) (string, error) {
	if file == "" {
		return "", usageError{errors.New("the port is 0, so that only the simulator knows it: give its --port-file, too")}
	}
	text, err := regular.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read port file: %w", err)
	}
	ports := strings.Fields(string(text))
	if line >= len(ports) {
		return "", fmt.Errorf("port file %q: it has %d lines, want %d", file, len(ports), line+1)
	}
	return ports[line], nil
}
