package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// readiness is an output that tells when the last line of the start has come.
type readiness struct{ ready chan struct{} }

func (r readiness) Write(text []byte) (int, error) {
	if strings.HasSuffix(string(text), "Ready.\n") {
		close(r.ready)
	}
	return len(text), nil
}

// TestDrain interrupts the simulator while it has a request: the answer still comes,
// and new connections do not.
func TestDrain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "port")
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	out := readiness{make(chan struct{})}
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"--listen", "127.0.0.1:0", "--port-file", file, "--key", "key-1"}, out, io.Discard)
	}()
	select {
	case <-out.ready:
	case c := <-code:
		t.Fatalf("the simulator ended with %d", c)
	}
	port, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://127.0.0.1:" + strings.TrimSpace(string(port))
	client := control.New(url)
	_, err = client.AddFault(t.Context(), control.Fault{Do: control.FaultAction{Latency: &control.LatencyFault{Seconds: 0.5}}})
	if err != nil {
		t.Fatal(err)
	}
	status := make(chan int, 1)
	go func() {
		resp, err := http.Post(url+"/2/httpapi", "application/json",
			strings.NewReader(`{"api_key":"key-1","events":[{"user_id":"user-0001","event_type":"e1"}]}`))
		if err != nil {
			status <- 0
			return
		}
		resp.Body.Close()
		status <- resp.StatusCode
	}()
	waiting, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := client.Await(waiting, "key-1", control.Until{Requests: 1}); err != nil {
		t.Fatal(err)
	}
	interrupt()
	if got := <-status; got != http.StatusOK {
		t.Errorf("the request under way was answered %d, want 200", got)
	}
	if got := <-code; got != 0 {
		t.Errorf("the simulator ended with %d, want 0", got)
	}
	if err := client.Ready(t.Context()); err == nil {
		t.Error("the simulator still answers")
	}
}
