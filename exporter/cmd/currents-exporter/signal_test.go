package main

import (
	"context"
	"strings"
	"testing"
)

// Who stops an export reads that it was stopped, and not what contexts call it.
func TestStoppedExportSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, text strings.Builder
	code := run(ctx, []string{"export", "--api-key", "0123456789abcdef0123456789abcdef", "-"}, streams{
		in: strings.NewReader(""), out: &out, err: &text, stop: &stopping{},
	})
	if code != exitUnsettled || !strings.Contains(text.String(), "stopped by a signal before the end") || strings.Contains(text.String(), "context canceled") {
		t.Errorf("exit code %d, and it says %q", code, text.String())
	}
}
