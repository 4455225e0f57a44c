package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// terminal keeps what is written to it and reports when the simulator is ready.
type terminal struct {
	mu    sync.Mutex // guards text
	text  bytes.Buffer
	ready chan struct{}
}

func (o *terminal) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.text.Write(p)
	if bytes.Contains(p, []byte("Ready.")) {
		close(o.ready)
	}
	return n, err
}

// TestKeyless pastes the command that a simulator without a key prints into a shell: the
// event is accepted. Each simulator makes another key.
func TestKeyless(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("sh")
	if err == nil {
		_, err = exec.LookPath("curl")
	}
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("needs sh and curl")
	}
	key := regexp.MustCompile(`(?m)^API key        ([0-9a-f]{32}) \(made for this run; choose one with --key KEY\)$`)
	made := map[string]bool{}
	for _, args := range [][]string{{"--listen", "127.0.0.1:0"}, {"--listen", "127.0.0.1:0", "--tls"}, {"--listen", ":0"}, {"--listen", "[::1]:0"}} {
		ctx, interrupt := context.WithCancel(t.Context())
		out := &terminal{ready: make(chan struct{})}
		code := make(chan int, 1)
		go func() { code <- run(ctx, args, out, os.Stderr) }()
		select {
		case <-out.ready:
		case c := <-code:
			interrupt()
			if strings.HasPrefix(args[1], "[") {
				t.Log("no IPv6 here")
				continue
			}
			t.Fatalf("%v: ended with %d: %s", args, c, out.text.String())
		}
		out.mu.Lock()
		text := out.text.String()
		out.mu.Unlock()
		_, after, found := strings.Cut(text, "\nTry it         ")
		command, _, _ := strings.Cut(after, "\n")
		answer, err := exec.CommandContext(ctx, shell, "-c", strings.Replace(command, "curl ", "curl -s ", 1)).Output()
		if !found || err != nil || !bytes.HasPrefix(answer, []byte(`{"code":200,"events_ingested":1,`)) {
			t.Errorf("%v: %q answers %s, %v; the terminal shows\n%s", args, command, answer, err, text)
		}
		if m := key.FindStringSubmatch(text); m == nil || made[m[1]] {
			t.Errorf("%v: no new key in\n%s", args, text)
		} else {
			made[m[1]] = true
		}
		interrupt()
		if c := <-code; c != 0 {
			t.Errorf("%v: ended with %d", args, c)
		}
	}
}
