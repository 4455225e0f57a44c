package main

import (
	"bytes"
	"fmt"
	"log"
	"log/slog"
	"os"
	"strings"
	"testing"
)

// TestDivertStandardError shows that what libraries write by themselves becomes records,
// whole lines each, and that nothing is lost at the end. It changes os.Stderr: no other
// test may run beside it.
func TestDivertStandardError(t *testing.T) {
	var out bytes.Buffer
	plain := slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	lines := &logLines{log: slog.New(slog.NewJSONHandler(&out, &plain))}
	restore, err := divertStandardError(lines)
	if err != nil {
		t.Fatal(err)
	}
	log.Print("standard log")
	fmt.Fprint(os.Stderr, "SDK 2026/11/29 WARN no ")
	fmt.Fprint(os.Stderr, "checksum\n\nthe \"last\" words")
	restore()
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{
		`{"level":"INFO","msg":"standard log"}`,
		`{"level":"INFO","msg":"SDK 2026/11/29 WARN no checksum"}`,
		`{"level":"INFO","msg":"the \"last\" words"}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("records %q, want %q", got, want)
	}
}
