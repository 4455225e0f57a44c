package exporter_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// A user with far more events than Amplitude takes is spilled, comes back in order,
// and holds up no other: the others are done long before.
func TestOpen_noisyUserIsSpilled(t *testing.T) {
	t.Parallel()
	const noisy, quiet = 1000, 400
	sim := simtest.Start(t)
	r := exporter.Config{URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS}}
	x := openExporter(t, r)
	stop := running(t, x)
	for from := 0; from < noisy; from += 250 {
		var events []string
		for i := from; i < from+250; i++ {
			events = append(events, open(fmt.Sprintf("event-%05d", i), "noisy-user"))
		}
		if got := post(t, x, `{"events":[`+strings.Join(events, ",")+`]}`); got.Code != http.StatusOK {
			t.Fatalf("post: %d", got.Code)
		}
	}
	for i := range quiet {
		if got := post(t, x, open(fmt.Sprintf("quiet-%05d", i), fmt.Sprintf("user-%05d", i))); got.Code != http.StatusOK {
			t.Fatalf("post: %d", got.Code)
		}
	}
	rig := &rig{t: t, sim: sim, x: x, clock: newClock()}
	l := rig.await("the quiet users", func(l exporter.Ledger) bool { return l.Accepted >= quiet })
	if l.Held < noisy/2 {
		t.Errorf("ledger %+v: the noisy user was too fast for this test", l)
	}
	// What is spilled is on disk: another process finishes it.
	stop()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		return
	}
	r.ThrottlePause = 1
	x = openExporter(t, r)
	rig.x = x
	stop = running(t, x)
	if _, err := x.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	wantAccepted(t, sim, "noisy-user", "event-", noisy)
	if l := x.Ledger(); l.Read != noisy+quiet || l.Accepted != l.Read || !l.Balanced() {
		t.Errorf("ledger %+v, want all accepted", l)
	}
}
