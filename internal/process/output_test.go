package process

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

// A program ends though nobody reads what it writes.
func TestStoppable_notRead(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	_, full := io.Pipe()
	w := Stoppable(ctx, full, 0)
	time.AfterFunc(0, cancel)
	for range 2 {
		if n, err := io.WriteString(w, "text"); n != 0 || !errors.Is(err, errNotRead) {
			t.Fatalf("%d bytes are written, %v", n, err)
		}
	}
}

// What is read is written, also after the end.
func TestStoppable_read(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	from, to := io.Pipe()
	w := Stoppable(ctx, to, time.Hour)
	go func() {
		_, err := io.WriteString(w, "last words")
		to.CloseWithError(err)
	}()
	if text, err := io.ReadAll(from); err != nil || string(text) != "last words" {
		t.Errorf("read %q, %v", text, err)
	}
}
