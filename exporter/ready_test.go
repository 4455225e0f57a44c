package exporter_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// A queue that is full is not ready, a key that is refused is no reason.
func TestExporter_readyz(t *testing.T) {
	t.Parallel()
	x := start(t, exporter.Config{APIKey: "key", Transport: &refusing{}})
	x.LimitQueue(2)
	running(t, x)
	if err := x.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		id   string
		want int
	}{{"event-1", http.StatusOK}, {"event-2", http.StatusServiceUnavailable}} {
		post(t, x, open(row.id, "user-0001"))
		if got := get(t, x, "/readyz").Code; got != row.want {
			t.Errorf("readyz after %s: %d, want %d", row.id, got, row.want)
		}
	}
}

// Readiness is waited for; the error of a wait that ends says why.
func TestExporter_AwaitReady(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		first time.Duration // is how long to wait before
		// then is done after half a second.
		then func(t *testing.T, x *exporter.Exporter)
		want string // in the error; empty: it becomes ready
	}{
		{"run later", 0, func(t *testing.T, x *exporter.Exporter) { t.Helper(); running(t, x) }, ""},
		{"never run", 0, func(*testing.T, *exporter.Exporter) {}, "not delivering yet"},
		{"draining", time.Second, func(t *testing.T, x *exporter.Exporter) {
			t.Helper()
			running(t, x)
			if _, err := x.Drain(t.Context()); err != nil {
				t.Error(err)
			}
		}, "draining"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := start(t, exporter.Config{APIKey: "key", Transport: taker{}})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began := time.Now()
				time.AfterFunc(time.Second/2, func() { row.then(t, x) })
				<-time.After(row.first)
				err := x.AwaitReady(ctx)
				if row.want == "" && time.Since(began) > time.Second {
					t.Errorf("it took %v", time.Since(began))
				}
				switch {
				case row.want == "" && err != nil:
					t.Error(err)
				case row.want != "" && (!errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), row.want)):
					t.Errorf("%v, want %q", err, row.want)
				}
			})
		})
	}
}
