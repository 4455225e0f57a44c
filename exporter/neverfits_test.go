package exporter_test

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// A post with an event that is larger than the bound of the whole queue is answered
// 413: 503 would let Braze send it for ever. Nothing of it is taken, and what comes
// behind it is delivered. An input with such an event is not done.
func TestExporter_eventThatNeverFits(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	x, err := exporter.Open(t.Context(), exporter.Config{
		URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{Dir: t.TempDir(), MaxBytes: 1 << 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	random := make([]byte, 450_000) // in hex more than the three quarters of 1 MiB that are for events
	seeded := rand.NewChaCha8([32]byte{})
	_, _ = seeded.Read(random)
	large := `{"event_type":"users.behaviors.CustomEvent","id":"large","time":1700000000,"user":{"external_user_id":"user-0001"},` +
		`"properties":{"name":"n","custom_properties":{"text":"` + hex.EncodeToString(random) + `"}}}`
	for name, body := range map[string]string{"alone": large, "with another": `{"events":[` + open("beside", "user-0002") + "," + large + `]}`} {
		if got := post(t, x, body); got.Code != http.StatusRequestEntityTooLarge || !strings.Contains(got.Body.String(), "too large for the queue") {
			t.Errorf("%s: answered %d %s, want 413", name, got.Code, got.Body)
		}
	}
	if l := x.Ledger(); l.Read != 0 || l.Held != 0 {
		t.Errorf("ledger %+v; want nothing read of the posts", l)
	}
	if got := get(t, x, "/stats").Body.String(); !strings.Contains(got, `"posts_refused":{"too_large":2}`) {
		t.Errorf("/stats does not count the posts: %s", got)
	}
	stop := running(t, x)
	if got := post(t, x, open("after", "user-0001")); got.Code != http.StatusOK {
		t.Errorf("a small post behind them: %d %s", got.Code, got.Body)
	}
	if _, err := sim.Control.Await(t.Context(), sim.Key, control.Until{Settled: 1}); err != nil {
		t.Error(err)
	}
	stop()
	if got := journal(t, sim); got["after"] == nil || len(got) != 1 {
		t.Errorf("%d events arrived; want the small one", len(got))
	}
	fresh := openExporter(t, exporter.Config{
		URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{Dir: t.TempDir(), MaxBytes: 1 << 20},
	})
	t.Cleanup(func() {
		if err := fresh.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := fresh.Export(t.Context(), exporter.NDJSON("in", strings.NewReader(large+"\n"))); err == nil || !strings.Contains(err.Error(), "too large") {
		t.Errorf("Export = %v, want an error that says that it is too large", err)
	}
}
