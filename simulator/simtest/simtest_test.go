package simtest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// TestStartTLS sends over TLS: the server's own client and its Control trust it, others do
// not.
func TestStartTLS(t *testing.T) {
	t.Parallel()
	sim := simtest.StartTLS(t)
	if !strings.HasPrefix(sim.URL, "https://") {
		t.Errorf("URL %s, want https", sim.URL)
	}
	if _, err := sim.Upload(t.Context(), amplitude.Event{DeviceID: "device-1", EventType: "e"}); err != nil {
		t.Error(err)
	}
	ledger, err := sim.Control.Ledger(t.Context(), sim.Key)
	if err != nil || ledger.Settled() != 1 {
		t.Errorf("ledger %+v, %v; want one event settled", ledger, err)
	}
	resp, err := sim.Client().Get(sim.URL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp, err := http.Get(sim.URL + "/readyz"); err == nil {
		resp.Body.Close()
		t.Error("a client that does not know the certificate got an answer")
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	sim, err := simtest.New()
	if err != nil {
		t.Fatal(err)
	}
	sim.Close()
	sim.Close()
	if _, err := sim.Upload(t.Context(), amplitude.Event{DeviceID: "device-1", EventType: "e"}); err == nil {
		t.Error("a server that was closed answered")
	}
}

func TestNew_invalidOption(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]func(...simtest.Option) (*simtest.Server, error){"New": simtest.New, "NewTLS": simtest.NewTLS} {
		if s, err := serve(simulator.WithBehavior("nope", "x")); err == nil {
			s.Close()
			t.Errorf("%s: took an unknown switch", name)
		}
	}
}

// TestUpload_refused returns the status and the answer, and other errors as they are.
func TestUpload_refused(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.Strict())
	events := make([]amplitude.Event, 31)
	for i := range events {
		events[i] = amplitude.Event{DeviceID: "device-1", EventType: "e"}
	}
	_, err := sim.Upload(t.Context(), events...)
	if refused, ok := errors.AsType[*simtest.UploadError](err); !ok || refused.Status != http.StatusTooManyRequests ||
		!strings.Contains(string(refused.Body), `"throttled_devices":{"device-1":31}`) {
		t.Errorf("got %v, want a 429", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := sim.Upload(ended, events[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context ended", err)
	}
	if err := sim.Control.DeleteFault(t.Context(), "nope"); err == nil {
		t.Error("deleted a fault that is not there")
	} else if refused, ok := errors.AsType[*control.Error](err); !ok || refused.Status != http.StatusNotFound {
		t.Errorf("got %v, want a control.Error of 404", err)
	}
}

// tracing is a transport of a test that looks at its requests.
type tracing struct{ http.RoundTripper }

// A test that has replaced the default transport can start a simulator.
func TestStart_replacedDefaultTransport(t *testing.T) {
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	http.DefaultTransport = tracing{before}
	sim := simtest.Start(t)
	if err := sim.Control.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}
