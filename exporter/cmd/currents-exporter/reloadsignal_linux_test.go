package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SIGHUP reads the settings again. It ends no exporter whose queue is being opened.
func TestServe_reloadWhileItStarts(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	var text bytes.Buffer
	cmd := serveCommandLine(t, "--nats-url", "nats://"+silent.Addr().String())
	cmd.Stderr = &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	nats, err := silent.Accept() // and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer nats.Close()
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	wantOwnEnd(t, cmd, &text)
}

// Nor does it end one that stops, before the ledger is written.
func TestServe_reloadWhileItStops(t *testing.T) {
	t.Parallel()
	cmd := serveCommandLine(t, "--data-dir", filepath.Join(t.TempDir(), "queue"))
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	cmd.Stdout = &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		if strings.Contains(lines.Text(), "listening on ") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, stderr) }() // else the log may wait for a reader
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		wantOwnEnd(t, cmd, &text)
	}()
	for {
		select {
		case <-tick.C:
			_ = cmd.Process.Signal(syscall.SIGHUP)
		case <-ended:
			if !strings.Contains(text.String(), "The ledger adds up") {
				t.Errorf("it wrote no ledger: %q", text.String())
			}
			return
		}
	}
}

func serveCommandLine(t *testing.T, flags ...string) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), "currents-exporter", append([]string{
		"serve", "--listen", "127.0.0.1:0", "--url", "http://127.0.0.1:9", "--api-key", "0123456789abcdef0123456789abcdef",
	}, flags...)...)
}

// wantOwnEnd waits for a command, which no signal may have killed.
func wantOwnEnd(t *testing.T, cmd *exec.Cmd, text *bytes.Buffer) {
	t.Helper()
	_ = cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		t.Errorf("ended by signal %v: %q", status.Signal(), text.String())
	}
}
