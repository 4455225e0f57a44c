//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A first signal ends what waits for a pipe without a writer.
func TestInterruptedWhileItReads(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = w.Close(), r.Close() })
	pipe := fmt.Sprintf("/dev/fd/%d", r.Fd())
	out := filepath.Join(t.TempDir(), "out")
	for name, args := range map[string][]string{
		"replay":   {"replay", "--target", "http://127.0.0.1:9", "--from", pipe},
		"capture":  {"capture", "--from", pipe, out},
		"from-429": {"from-429", pipe},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		interrupt()
		var text strings.Builder
		code := run(ctx, args, streams{out: io.Discard, err: &text})
		if code != exitInterrupted || text.String() != "loadgen: interrupted\n" {
			t.Errorf("%s: exit code %d, want %d, and it says %q", name, code, exitInterrupted, text.String())
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("capture left a recording behind")
	}
}

// A signal while simulator and exporter are started is no failure of theirs.
func TestInterruptedWhileItStarts(t *testing.T) {
	t.Parallel()
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var text strings.Builder
	code := run(ctx, []string{
		"run", "hot-device", "--simulator-bin", filepath.Join(dir, "amplitude-simulator"), "--exporter-bin", filepath.Join(dir, "currents-exporter"),
	}, streams{out: io.Discard, err: &text})
	const want = "loadgen: hot-device takes 10s, and at most 20s more until all is delivered\nloadgen: interrupted\n"
	if code != exitInterrupted || text.String() != want {
		t.Errorf("exit code %d, want %d, and it says %q, want %q", code, exitInterrupted, text.String(), want)
	}
}
