package simtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

func TestThrottled(t *testing.T) {
	sim := simtest.Start(t, simtest.FrozenAt(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	// Since Go 1.26 new takes a value: new(1) points to a 1.
	small := control.Limits{EventsPerSecond: new(1), WindowSeconds: new(1)}
	if err := sim.Control.SetLimits(t.Context(), sim.Key, small); err != nil {
		t.Fatal(err)
	}
	send := func() int { // yours sends to sim.URL with sim.Key
		body := `{"api_key":"` + sim.Key + `","events":[{"device_id":"phone-1","event_type":"Tap"}]}`
		answer, err := sim.Client().Post(sim.URL+"/2/httpapi", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	if first, second := send(), send(); first != http.StatusOK || second != http.StatusTooManyRequests {
		t.Fatalf("answers %d and %d, want 200 and 429", first, second)
	}
	if _, err := sim.Control.AdvanceClock(t.Context(), time.Second); err != nil {
		t.Fatal(err)
	}
	if third := send(); third != http.StatusOK {
		t.Fatalf("answer %d a second later, want 200", third)
	}
}
