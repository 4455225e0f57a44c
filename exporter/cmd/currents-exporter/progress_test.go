package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

func TestSize(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.json", "b.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, 100), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inputs, err := exporter.Paths(strings.NewReader(""), dir, "-")
	if err != nil {
		t.Fatal(err)
	}
	if got := size(inputs); got != -1 {
		t.Errorf("size with a stream %d, want -1", got)
	}
	if got := size(inputs[:2]); got != 200 {
		t.Errorf("size of two files %d, want 200", got)
	}
}

func TestEstimate(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		read, total int64
		since       time.Duration
		want        string
	}{
		{0, 100, time.Second, ""},
		{50, -1, time.Second, ""},
		{25_000_000, 100_000_000, 10 * time.Second, " of 100.0 MB (25%), 30s left"},
		{100_000_000, 100_000_000, 10 * time.Second, " of 100.0 MB (100%)"},
	} {
		if got := estimate(row.read, row.total, row.since); got != row.want {
			t.Errorf("estimate(%d, %d, %v) = %q, want %q", row.read, row.total, row.since, got, row.want)
		}
	}
}

// Nothing is written to what is no terminal, while a run is short.
func TestWatch_quiet(t *testing.T) {
	t.Parallel()
	x, err := exporter.Open(t.Context(), exporter.Config{APIKey: "key"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	watch(streams{err: &out}, x, nil)()
	if out.Len() != 0 {
		t.Errorf("wrote %q", out.String())
	}
}
