// Package simtest starts an Amplitude simulator inside a Go test, as httptest does
// for a handler.
//
// Every Start has a simulator, a clock and a key of its own, so tests that use it
// can run in parallel. To test against a container, see package simcontainer.
package simtest

import (
	"context"
	"net/http/httptest"
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
}

// RegionURL is the base URL of a region, "us" or "eu", which takes only keys of its
// own. The simulator's URL takes those of both.
func (s *Server) RegionURL(region string) string { return s.URL + "/" + region }

// Start starts a simulator and stops it when the test ends. It fails the test if
// that does not work. When Start returns, the server is ready.
func Start(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	sim, err := simulator.New(opts...)
	if err != nil {
		tb.Fatalf("start simulator: %v", err)
	}
	listening := httptest.NewServer(sim)
	tb.Cleanup(func() {
		sim.Close()
		listening.CloseClientConnections()
		listening.Close()
	})
	sim.Sync()
	s := &Server{URL: listening.URL, Control: control.New(listening.URL)}
	key, err := s.Control.CreateKey(context.Background(), control.Key{})
	if err != nil {
		tb.Fatalf("start simulator: create key: %v", err)
	}
	s.Key = key.APIKey
	return s
}
