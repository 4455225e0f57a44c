// Package simtest starts an Amplitude simulator inside a Go test, as httptest does
// for a handler.
//
// Every server has a simulator, a clock and a key of its own, so tests that use it
// can run in parallel. To test against a container, see package simcontainer.
package simtest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// Server is a running simulator.
type Server struct {
	// URL is the base URL of the ingestion API, without a path.
	URL string
	// Control moves the clock, makes keys and reads the journal.
	Control *control.Client
	// Key is an API key that works.
	Key string

	http  *httptest.Server
	close func()
}

// RegionURL is the base URL of a region, "us" or "eu", which takes only keys of its
// own. The simulator's URL takes those of both.
func (s *Server) RegionURL(region string) string { return s.URL + "/" + region }

// Client returns an HTTP client for the server. It trusts the certificate of a server that
// serves TLS.
func (s *Server) Client() *http.Client { return s.http.Client() }

// Close stops the server. It may be called more than once.
func (s *Server) Close() { s.close() }

// Start starts a simulator and stops it when the test ends. It fails the test if
// that does not work. When Start returns, the server is ready.
func Start(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	return start(tb, New, opts)
}

// StartTLS is Start with a server that serves TLS. See Server.Client.
func StartTLS(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	return start(tb, NewTLS, opts)
}

func start(tb testing.TB, serve func(...Option) (*Server, error), opts []Option) *Server {
	tb.Helper()
	s, err := serve(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// New starts a simulator where there is no test, for example in an example or in TestMain.
// Call Close when it is no longer needed.
func New(opts ...Option) (*Server, error) { return serve(httptest.NewServer, opts) }

// NewTLS is New with a server that serves TLS. See Server.Client.
func NewTLS(opts ...Option) (*Server, error) { return serve(httptest.NewTLSServer, opts) }

func serve(listen func(http.Handler) *httptest.Server, opts []Option) (*Server, error) {
	sim, err := simulator.New(opts...)
	if err != nil {
		return nil, fmt.Errorf("start simulator: %w", err)
	}
	listening := listen(sim)
	s := &Server{URL: listening.URL, http: listening, close: sync.OnceFunc(func() {
		sim.Close()
		listening.CloseClientConnections()
		listening.Close()
	})}
	s.Control = control.New(s.URL, control.WithHTTPClient(s.Client()))
	sim.RunDueSyncs()
	key, err := s.Control.CreateKey(context.Background(), control.Key{})
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("start simulator: create key: %w", err)
	}
	s.Key = key.APIKey
	return s, nil
}
