package exporter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// An event of a type that was not known when it was taken is sent by a version that
// knows it, with its neighbors. One of a type in no table becomes a dead letter, and its
// neighbors are sent.
func TestOpen_unknownTypesAreKept(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	cfg := exporter.Config{
		URL: sim.URL, APIKey: sim.Key, KeepUnknown: true,
		Queue: exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS},
	}
	x := openExporter(t, cfg)
	fax := strings.Replace(open("event-00002", "user-0001"), "users.messages.email.Open", "users.messages.fax.Send", 1)
	if w := post(t, x, `{"events":[`+open("event-00001", "user-0001")+","+fax+","+open("event-00003", "user-0001")+`]}`); w.Code != http.StatusOK {
		t.Fatalf("post: %d %s", w.Code, w.Body)
	}
	kept := mapping.Record{
		Type: "users.messages.email.Click", InsertID: "event-00004", UserID: "user-0001", Time: 1700000000000, Faults: []string{mapping.Unmapped},
		Wire: []byte(`{"event_type":"users.messages.email.Click","id":"event-00004","time":1700000000,"external_user_id":"user-0001","url":"u"}`),
	}
	if err := x.Keep(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	stop := running(t, x)
	if _, err := x.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	l := x.Ledger()
	if l.Read != 4 || l.Accepted != 3 || l.DeadLettered["unknown_type"] != 1 || l.Unknown["users.messages.fax.Send"] != 1 || len(l.Faults) != 0 || !l.Balanced() {
		t.Errorf("ledger %+v", l)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	got := journal(t, sim)
	if len(got) != 3 || !strings.Contains(string(got["event-00004"]), "[Appboy] Email Click") {
		t.Errorf("%d events arrived, the one that was kept as %s", len(got), got["event-00004"])
	}

	// The dead letter holds the event as it came, and can be replayed.
	letters, err := exporter.OpenDeadLetters(t.Context(), cfg.Queue)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for letter, err := range letters.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if letter.Type != "users.messages.fax.Send" || letter.Reason != "unknown_type" || !strings.Contains(string(letter.Event), `"id":"event-00002"`) {
			t.Errorf("letter %+v, event %s", letter, letter.Event)
		}
		if err := letters.Replay(t.Context(), letter.ID); err != nil {
			t.Error(err)
		}
	}
	if err := letters.Close(); err != nil || n != 1 {
		t.Errorf("%d letters, want 1; %v", n, err)
	}
	x = openExporter(t, cfg)
	stop = running(t, x)
	if _, err := x.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if l := x.Ledger(); l.Read != 4 || l.Accepted != 3 || l.DeadLettered["unknown_type"] != 1 || l.Unknown["users.messages.fax.Send"] != 1 || !l.Balanced() {
		t.Errorf("ledger after a replay in vain %+v", l)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
}
