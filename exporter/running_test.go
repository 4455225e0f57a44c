package exporter_test

import (
	"context"
	"testing"

	"github.com/ammeter/ammeter/exporter"
)

// running delivers in the background until the test ends or stop is called.
func running(t *testing.T, x *exporter.Exporter) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}
