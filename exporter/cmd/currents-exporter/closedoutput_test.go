package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// The collector of the log goes away. The next line, which nobody reads, must not end the
// exporter: it holds events that it has answered 200 for.
func TestServe_nobodyReadsItsLog(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	key, err := sim.Control.CreateKey(t.Context(), control.Key{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "currents-exporter", "serve", "--listen", "127.0.0.1:0",
		"--port-file", filepath.Join(dir, "port"), "--data-dir", filepath.Join(dir, "queue"), "--ledger-file", filepath.Join(dir, "ledger"))
	cmd.Env = append(os.Environ(), "AMPLITUDE_URL="+sim.URL, "AMPLITUDE_API_KEY="+key.APIKey)
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for text := ""; !strings.Contains(text, "listening on "); {
		part := make([]byte, 1024)
		n, err := r.Read(part)
		if err != nil {
			t.Fatalf("%v after %q", err, text)
		}
		text += string(part[:n])
	}
	r.Close()
	port, err := os.ReadFile(filepath.Join(dir, "port"))
	if err != nil {
		t.Fatal(err)
	}
	// An unknown type is logged.
	const events = `{"events":[{"event_type":"no.such.Type","id":"a","time":1767369844,"user":{"external_user_id":"u"},"properties":{}},` +
		`{"event_type":"users.messages.email.Open","id":"b","time":1767369844,"user":{"external_user_id":"u"},"properties":{}}]}`
	client := http.Client{Timeout: 10 * time.Second}
	for range 2 {
		resp, err := client.Post("http://127.0.0.1:"+strings.TrimSpace(string(port))+"/events", "application/json", strings.NewReader(events))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// The ledger cannot be printed, which is exit code 3, as on a full disk.
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 3 {
		t.Errorf("exit code %d, %v", got, cmd.ProcessState)
	}
	ledger, err := os.ReadFile(filepath.Join(dir, "ledger"))
	if err != nil || !strings.Contains(string(ledger), `"accepted":2`) && !strings.Contains(string(ledger), `"accepted": 2`) {
		t.Errorf("ledger %s, %v", ledger, err)
	}
}
