package main

import (
	"context"
	"io"
	"strings"
	"testing"
)

// A dry run that waits for more input is stopped by a signal, and says how far it came.
func TestRun_dryRunStopsWhileReading(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	in, feed := io.Pipe()
	var out, err strings.Builder
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"dry-run", "-"}, streams{in: interruptible(ctx, in), out: &out, err: &err})
	}()
	const line = `{"event_type":"users.messages.email.Open","id":"s-1","time":1700000000,"external_user_id":"user-0001"}` + "\n"
	for range 2 { // when the second one is taken the first one has arrived
		if _, err := io.WriteString(feed, line); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if got := <-code; got != exitUnsettled {
		t.Errorf("exit code %d, want %d", got, exitUnsettled)
	}
	if !strings.Contains(out.String(), `"insert_id":"s-1"`) || !strings.Contains(err.String(), " would be sent, 0 dropped") {
		t.Errorf("printed %q and %q", out.String(), err.String())
	}
}

// What can be read is passed on whole.
func TestInterruptible(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789", 100_000)
	got, err := io.ReadAll(interruptible(t.Context(), strings.NewReader(text)))
	if err != nil || string(got) != text {
		t.Errorf("%d bytes, %v; want %d", len(got), err, len(text))
	}
}
