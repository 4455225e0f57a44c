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
)

// Who starts the simulator reads "Ready." and then no more. The line about an unknown
// key, which nobody reads, must not end it.
func TestServe_nobodyReadsItsOutput(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "port")
	cmd := exec.CommandContext(t.Context(), "amplitude-simulator", "--listen", "127.0.0.1:0", "--port-file", file, "--key", "key-1")
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for text := ""; !strings.Contains(text, "Ready."); {
		part := make([]byte, 1024)
		n, err := r.Read(part)
		if err != nil {
			t.Fatalf("%v after %q", err, text)
		}
		text += string(part[:n])
	}
	r.Close()
	port, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: 10 * time.Second}
	for _, key := range []string{"unknown-1", "unknown-2", "key-1"} {
		resp, err := client.Post("http://127.0.0.1:"+strings.TrimSpace(string(port))+"/2/httpapi", "application/json",
			strings.NewReader(`{"api_key":"`+key+`","events":[{"user_id":"user-1","event_type":"Tap"}]}`))
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if want := map[bool]int{true: 200, false: 400}[key == "key-1"]; resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d", key, resp.StatusCode, want)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with: %v", err)
	}
}
