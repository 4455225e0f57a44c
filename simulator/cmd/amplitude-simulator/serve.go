package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/certificate"
)

// serve is the command that serves the API until it is interrupted.
type serve struct {
	addresses
	settings

	TLSCertOut   string        `name:"tls-cert-out" type:"path" placeholder:"FILE" help:"Write the certificate that is served, for clients to trust."`
	DrainTimeout time.Duration `default:"10s" help:"How long requests that are under way may take to finish after an interrupt (${default})."`
}

// Run serves until the context ends, then lets the requests under way finish.
func (s *serve) Run(ctx context.Context, out streams, file *configFile) error {
	now := time.Now() //nolint:forbidigo // outermost layer: certificates are valid in real time
	shown, err := s.certificate(now)
	if err != nil {
		return err
	}
	madeUp := s.AdminToken == "auto"
	if madeUp {
		s.AdminToken = rand.Text()
	}
	opts, err := s.options(file)
	if err != nil {
		return usageError{err}
	}
	api, admin, err := s.listen(ctx)
	if err != nil {
		return err
	}
	sim, err := simulator.New(append(opts, s.about(api, admin, shown)...)...)
	if err != nil {
		closeAll(api, admin)
		return usageError{err}
	}
	servers := []*server{newServer(api, sim, shown, out)}
	if admin != nil {
		servers = []*server{newServer(api, sim.Ingestion(), shown, out), newServer(admin, sim.Admin(), shown, out)}
	}
	failed := make(chan error, len(servers))
	for _, one := range servers {
		go func() { failed <- one.serve() }()
	}
	go sim.Sync()
	if err = s.announce(out, api, admin, shown, madeUp); err == nil {
		select {
		case err = <-failed:
		case <-ctx.Done():
		}
	}
	sim.Close()
	return errors.Join(err, s.drain(context.WithoutCancel(ctx), servers))
}

// about tells the simulator where it is served, for its control API.
func (s *serve) about(api, admin net.Listener, shown *tls.Certificate) []simulator.Option {
	where := control.Listening{API: api.Addr().String(), TLS: shown != nil}
	if admin != nil {
		where.Admin = admin.Addr().String()
	}
	opts := []simulator.Option{simulator.WithListening(where)}
	if shown != nil {
		opts = append(opts, simulator.WithCertificate(certificate.PEM(*shown)))
	}
	return opts
}

// announce tells where the simulator listens. Files come before the line "Ready.",
// and that comes last.
func (s *serve) announce(out streams, api, admin net.Listener, shown *tls.Certificate, token bool) error {
	ports := []net.Listener{api}
	controlled := api
	if admin != nil {
		ports, controlled = append(ports, admin), admin
	}
	if s.TLSCertOut != "" && shown != nil {
		if err := writeWhole(s.TLSCertOut, certificate.PEM(*shown)); err != nil {
			return fmt.Errorf("write certificate: %w", err)
		}
	}
	if s.PortFile != "" {
		if err := writePorts(s.PortFile, ports...); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("Amplitude API  %s://%s\nControl API    %[1]s://%[3]s/_admin\n", s.scheme(), api.Addr(), controlled.Addr())
	if token {
		text += "Admin token    " + s.AdminToken + "\n"
	}
	_, err := fmt.Fprint(out.out, text+"Ready.\n")
	return err
}

// server is an HTTP server with the listener it is meant for.
type server struct {
	http.Server
	listener net.Listener
}

func newServer(l net.Listener, h http.Handler, shown *tls.Certificate, out streams) *server {
	s := &server{
		http.Server{
			Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 5 * time.Minute,
			ErrorLog: log.New(out.err, "amplitude-simulator: ", 0),
		}, l,
	}
	// Not HTTP/2: a fault that resets the connection can reset no more than a stream
	// there.
	s.Protocols = new(http.Protocols)
	s.Protocols.SetHTTP1(true)
	if shown != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*shown}, MinVersion: tls.VersionTLS12}
	}
	return s
}

func (s *server) serve() error {
	if s.TLSConfig != nil {
		return s.ServeTLS(s.listener, "", "")
	}
	return s.Serve(s.listener)
}

// drain stops the servers and waits for the requests under way.
func (s *serve) drain(ctx context.Context, servers []*server) error {
	ctx, cancel := context.WithTimeout(ctx, s.DrainTimeout)
	defer cancel()
	var all error
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			all = errors.Join(all, fmt.Errorf("drain: %w", err), s.Close())
		}
	}
	return all
}

func closeAll(listeners ...net.Listener) {
	for _, l := range listeners {
		if l != nil {
			l.Close()
		}
	}
}
