package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// readiness is an output that signals when the last line of the start has come.
type readiness struct{ ready chan struct{} }

func (r readiness) Write(text []byte) (int, error) {
	if strings.HasSuffix(string(text), "Ready.\n") {
		close(r.ready)
	}
	return len(text), nil
}

// started is a simulator that runs in this process.
type started struct {
	url       string
	interrupt func()
	code      chan int
	stderr    *os.File
}

func start(t *testing.T, args ...string) *started {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "port")
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(context.Background())
	t.Cleanup(func() { interrupt(); stderr.Close() })
	out := readiness{make(chan struct{})}
	s := &started{interrupt: interrupt, code: make(chan int, 1), stderr: stderr}
	go func() {
		s.code <- run(ctx, append([]string{"--listen", "127.0.0.1:0", "--port-file", file, "--key", "key-1"}, args...), out, stderr)
	}()
	select {
	case <-out.ready:
	case c := <-s.code:
		t.Fatalf("the simulator ended with %d", c)
	}
	port, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://127.0.0.1:" + strings.TrimSpace(string(port))
	return s
}

// complaints is what the simulator has written to stderr.
func (s *started) complaints(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(s.stderr.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const oneEvent = `{"api_key":"key-1","events":[{"user_id":"user-0001","event_type":"e1"}]}`

// TestDrain interrupts the simulator while a fault holds back an answer for an hour:
// the answer comes then, nothing is cut off, and new connections are refused.
func TestDrain(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]control.FaultAction{
		"latency": {Latency: &control.LatencyFault{Delay: control.Seconds(3600), Max: control.Seconds(3600)}},
		"dribble": {Dribble: &control.DribbleFault{Pause: control.Seconds(60)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, "--drain-timeout", "1h")
			client := control.New(sim.url)
			if _, err := client.AddFault(t.Context(), control.Fault{Do: do}); err != nil {
				t.Fatal(err)
			}
			answer := make(chan string, 1)
			go func() {
				resp, err := http.Post(sim.url+"/2/httpapi", "application/json", strings.NewReader(oneEvent))
				if err != nil {
					answer <- err.Error()
					return
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				answer <- fmt.Sprint(resp.StatusCode, err, strings.Contains(string(body), "}"))
			}()
			waiting, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if _, err := client.Await(waiting, "key-1", control.Until{Requests: 1}); err != nil {
				t.Fatal(err)
			}
			sim.interrupt()
			if got := <-answer; got != "200 <nil> true" {
				t.Errorf("the request under way was answered %s, want a whole 200", got)
			}
			if got := <-sim.code; got != 0 || sim.complaints(t) != "" {
				t.Errorf("the simulator ended with %d and %q, want 0 and no complaint", got, sim.complaints(t))
			}
			if err := client.Ready(t.Context()); err == nil {
				t.Error("the simulator still answers")
			}
		})
	}
}

// TestDrain_halfRequest interrupts the simulator while half a request has come, and no
// more does: that is no failure of the simulator's.
func TestDrain_halfRequest(t *testing.T) {
	t.Parallel()
	sim := start(t, "--drain-timeout", "100ms")
	half(t, sim.url)
	sim.interrupt()
	if got := <-sim.code; got != 0 || !strings.Contains(sim.complaints(t), "not finished in --drain-timeout were cut off") {
		t.Errorf("the simulator ended with %d and %q, want 0 and that something was cut off", got, sim.complaints(t))
	}
}

// half sends half a request and returns once the server reads its body.
func half(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_, err = io.WriteString(conn, "POST /2/httpapi HTTP/1.1\r\nHost: sim\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the server answered %q, %v; want it to ask for the body", line, err)
	}
	if _, err = io.WriteString(conn, `{"api_key":`); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestReadTimeout serves with a short limit on how long requests take to arrive. One
// that stops in the middle is given up; one that is complete may wait longer.
func TestReadTimeout(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.WithKey("key-1"))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(listener, sim, nil, streams{io.Discard, io.Discard})
	if server.ReadTimeout != readTimeout || readTimeout <= 0 {
		t.Errorf("requests may take %v to arrive, want a bound", server.ReadTimeout)
	}
	server.ReadTimeout = time.Second
	served := make(chan error, 1)
	go func() { served <- server.serve() }()
	t.Cleanup(func() {
		sim.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	url := "http://" + listener.Addr().String()

	client := control.New(url)
	conn := half(t, url)
	if _, err := client.AddFault(t.Context(), control.Fault{
		When: control.FaultWhen{First: 1}, Do: control.FaultAction{Latency: &control.LatencyFault{Delay: control.Seconds(1.5)}},
	}); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url+"/2/httpapi", "application/json", strings.NewReader(oneEvent))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("a request whose answer is held back: %v, %v; want a 200", resp, err)
	}
	resp.Body.Close()
	resp, err = http.Get(url + "/_admin/ledger/key-1?requests=2&wait=1500ms")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("a call that waits: %v, %v; want a 200", resp, err)
	}
	resp.Body.Close()
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), "HTTP/1.1 400") {
		t.Errorf("half a request was answered %q, %v; want a 400 and the end", answer, err)
	}
}
