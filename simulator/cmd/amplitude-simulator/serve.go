package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/internal/process"
	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/certificate"
	"github.com/ammeter/ammeter/simulator/internal/console"
	"github.com/ammeter/ammeter/simulator/internal/controlapi"
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
	process.SurviveClosedOutput()
	now := time.Now() //nolint:forbidigo // outermost layer: certificates are valid in real time
	shown, err := s.certificate(now)
	if err != nil {
		return err
	}
	madeUp := s.AdminToken == "auto"
	if madeUp {
		s.AdminToken = rand.Text()
	}
	seed, err := s.seed(file)
	if err != nil {
		return usageError{err}
	}
	madeKey := ""
	if len(seed.Keys) == 0 {
		madeKey = newKey()
		seed.Keys = []control.Key{{APIKey: madeKey}}
	}
	opts, err := s.options(file, seed)
	if err != nil {
		return usageError{err}
	}
	opts = append(opts, simulator.WithUnknownKeyReport(func(requests int) {
		fmt.Fprintf(out.err, "amplitude-simulator: %s an API key that was never created: answered 400. "+
			"Create it with --key KEY or POST %s/keys.\n", counted(requests), controlapi.Prefix)
	}))
	api, admin, err := s.listen(ctx)
	if err != nil {
		return err
	}
	sim, err := simulator.New(append(opts, s.servedAt(api, admin, shown)...)...) //nolint:contextcheck // its handlers use those of their requests
	if err != nil {
		closeAll(api, admin)
		return usageError{err}
	}
	servers := []*server{newServer(api, sim, shown, out)}
	if admin != nil {
		servers = []*server{newServer(api, sim.Ingestion(), shown, out), newServer(admin, sim.Admin(), shown, out)}
		servers[1].Protocols.SetHTTP2(true) // the streams of several tabs of a browser then share a connection
	}
	failed := make(chan error, len(servers))
	for _, one := range servers {
		go func() { failed <- one.serve() }()
	}
	go sim.RunDueSyncs()
	if err = s.printReady(out, api, admin, shown, madeUp, madeKey); err == nil {
		select {
		case err = <-failed:
		case <-ctx.Done():
		}
	}
	sim.Close()
	return errors.Join(err, s.drain(context.WithoutCancel(ctx), servers, out))
}

func counted(requests int) string {
	if requests == 1 {
		return "1 request had"
	}
	return fmt.Sprintf("%d requests since the last of these lines had", requests)
}

// servedAt are the options that say where the simulator is served, for its control API.
func (s *serve) servedAt(api, admin net.Listener, shown *tls.Certificate) []simulator.Option {
	where := control.Listening{API: api.Addr().String(), TLS: shown != nil}
	if admin != nil {
		where.Admin = admin.Addr().String()
	}
	opts := []simulator.Option{
		simulator.WithListening(where), simulator.WithAllowedHosts(s.hosts()...), simulator.WithAllowedHosts(s.AllowHost...),
	}
	if shown != nil {
		opts = append(opts, simulator.WithCertificate(certificate.PEM(*shown)))
	}
	return opts
}

// printReady prints where the simulator listens. Files come before the line "Ready.",
// and that comes last.
func (s *serve) printReady(out streams, api, admin net.Listener, shown *tls.Certificate, token bool, madeKey string) error {
	ports := []net.Listener{api}
	apiURL, note := s.shown(s.Listen, api)
	adminURL, adminNote := apiURL, note
	if admin != nil {
		ports = append(ports, admin)
		adminURL, adminNote = s.shown(s.AdminListen, admin)
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
	text := fmt.Sprintf("Amplitude API  %s%s\nControl API    %s%s%s\nConsole        %s%s/\n",
		apiURL, note, adminURL, controlapi.Prefix, adminNote, adminURL, console.Prefix)
	if token {
		text += "Admin token    " + s.AdminToken + "\n"
	}
	if madeKey != "" {
		text += fmt.Sprintf("API key        %s (made for this run; choose one with --key KEY)\nTry it         %s\n", madeKey, s.try(apiURL, madeKey))
	}
	_, err := fmt.Fprint(out.out, text+"Ready.\n")
	return err
}

// newKey makes an API key that looks like Amplitude's.
func newKey() string {
	raw := make([]byte, 16)
	rand.Read(raw)
	return hex.EncodeToString(raw)
}

// try is a command that sends one event. It works when it is pasted into a shell.
func (s *serve) try(apiURL, key string) string {
	insecure := ""
	if s.secure() {
		insecure = "-k " // the certificate is made for this run, or of an authority that curl may not know
	}
	return fmt.Sprintf(`curl %s-H 'Content-Type: application/json' -d '{"api_key":"%s","events":[{"user_id":"user-0001","event_type":"Hello"}]}' %s%s`,
		insecure, key, apiURL, amplitude.PathHTTPAPI)
}

// server is an HTTP server with the listener it is meant for.
type server struct {
	http.Server
	listener net.Listener
}

// readTimeout bounds how long a request may take to arrive, so that a client that
// stops in the middle does not stay for ever. Calls that wait lift it.
const readTimeout = time.Minute

func newServer(l net.Listener, h http.Handler, shown *tls.Certificate, out streams) *server {
	s := &server{
		http.Server{
			Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: readTimeout, IdleTimeout: 5 * time.Minute,
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

// drain stops the servers and waits for the requests under way. What is not finished
// then, such as a request of which half has come, was never answered: to cut it off is
// no failure.
func (s *serve) drain(ctx context.Context, servers []*server, out streams) error {
	ctx, cancel := context.WithTimeout(ctx, s.DrainTimeout)
	defer cancel()
	var all error
	for _, s := range servers {
		switch err := s.Shutdown(ctx); {
		case errors.Is(err, context.DeadlineExceeded):
			fmt.Fprintf(out.err, "amplitude-simulator: requests that were not finished in --drain-timeout were cut off at %s\n", s.listener.Addr())
			all = errors.Join(all, s.Close())
		case err != nil:
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
