package exporter_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// Of a queue that others share, Export waits for what this process received. What the
// others hold stays in the queue, and its number of blocks shows it.
func TestExport_othersHoldEventsOfASharedQueue(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	url := natsServer(t)
	queue := exporter.Queue{URL: url, Connector: "shared", Partitions: 4, MaxBytes: 64 << 20}
	opened := func(url string) *exporter.Exporter {
		x, err := exporter.Open(t.Context(), exporter.Config{URL: url, APIKey: sim.Key, Queue: queue})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := x.Close(); err != nil {
				t.Error(err)
			}
		})
		return x
	}
	received := make(chan struct{}, 1)
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case received <- struct{}{}:
		default:
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(down.Close)
	other := opened(down.URL)
	if n, err := other.QueuedBlocks(t.Context()); err != nil || n != 0 {
		t.Errorf("the new queue holds %d blocks, %v; want none", n, err)
	}
	running(t, other)
	var events []string
	for _, user := range []string{"user-a", "user-b", "user-c", "user-d"} {
		events = append(events, open("of-"+user, user))
	}
	if got := post(t, other, `{"events":[`+strings.Join(events, ",")+`]}`); got.Code != http.StatusOK {
		t.Fatalf("post: %d", got.Code)
	}
	<-received // it holds events now, and cannot deliver them

	x := opened(sim.URL)
	if err := x.Export(t.Context(), exporter.NDJSON("in", lines(20, func(i int) string { return "user-" + string(rune('e'+i)) }))); err != nil {
		t.Fatal(err)
	}
	if held := x.Ledger().Held; held != 0 {
		t.Errorf("%d events held by the export that ended", held)
	}
	if n, err := x.QueuedBlocks(t.Context()); err != nil || n == 0 {
		t.Errorf("the queue holds %d blocks, %v; want what the other exporter has", n, err)
	}
}

// Of a queue that no other process works on, Export delivers what it has stored before it
// returns, however little that is.
func TestExport_aloneOnASharedQueue(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	x, err := exporter.Open(t.Context(), exporter.Config{
		URL: sim.URL, APIKey: sim.Key, Queue: exporter.Queue{URL: natsServer(t), Connector: "shared", Partitions: 4, MaxBytes: 64 << 20},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Export(t.Context(), exporter.NDJSON("in", lines(3, func(i int) string { return "user-" + string(rune('a'+i)) }))); err != nil {
		t.Fatal(err)
	}
	if l := x.Ledger(); l.Read != 3 || l.Accepted != 3 || l.Held != 0 {
		t.Errorf("ledger %+v, want 3 read and accepted", l)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}

// natsServer starts a server and returns its URL.
func natsServer(t *testing.T) string {
	t.Helper()
	node, err := server.NewServer(&server.Options{
		ServerName: "single", Host: "127.0.0.1", Port: -1, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	node.Start()
	t.Cleanup(func() {
		node.Shutdown()
		node.WaitForShutdown()
	})
	if !node.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server does not start")
	}
	return node.ClientURL()
}
