package control_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func TestClient_Watch(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t, simtest.FrozenAt(noon))
	upload(t, sim)
	ctx, cancel := context.WithCancel(t.Context())
	var states []control.Live
	var requests []control.Request
	err := sim.Control.Watch(ctx, sim.Key, control.Watcher{
		State: func(s control.Live) {
			states = append(states, s)
			if len(states) == 1 {
				if _, err := sim.Control.AdvanceClock(ctx, time.Hour); err != nil {
					t.Error(err)
				}
				return
			}
			cancel()
		},
		Request: func(r control.Request) { requests = append(requests, r) },
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Watch: %v, want that the context ended", err)
	}
	if len(states) < 2 || !states[0].Clock.Now.Equal(noon) || states[0].Requests != 1 || !states[len(states)-1].Clock.Now.Equal(noon.Add(time.Hour)) {
		t.Errorf("states %+v, want one at noon with a request and one an hour later", states)
	}
	if len(requests) != 1 || requests[0].Seq != 1 || requests[0].Answer != nil {
		t.Errorf("requests %+v, want the first, without its answer", requests)
	}
}

func TestClient_Watch_ends(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	err = control.New(server.URL).Watch(t.Context(), "", control.Watcher{State: func(control.Live) { sim.Close() }})
	if err == nil || !strings.Contains(err.Error(), "the simulator is closing") {
		t.Errorf("Watch of a simulator that closes: %v, want an error that says so", err)
	}
}

func upload(t *testing.T, sim *simtest.Server) {
	t.Helper()
	body := strings.NewReader(`{"api_key":"` + sim.Key + `","events":[{"user_id":"user-0001","event_type":"Tap"}]}`)
	resp, err := sim.Client().Post(sim.URL+"/2/httpapi", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}
