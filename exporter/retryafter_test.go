package exporter_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// busy answers once with a pause, and records when it was called.
type busy struct {
	status int
	clock  *clock

	mu     sync.Mutex // guards what follows
	called []time.Time
}

func (b *busy) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.called = append(b.called, b.clock.Now())
	answer := &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(fine)), Header: http.Header{}, Request: r}
	if len(b.called) == 1 {
		answer.StatusCode, answer.Body = b.status, io.NopCloser(strings.NewReader(`{}`))
		answer.Header.Set("Retry-After", "600")
	}
	return answer, nil
}

// Where Amplitude says when to come again, nothing is sent before.
func TestExporter_retryAfter(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			c := newClock()
			b := &busy{status: status, clock: c}
			x := start(t, exporter.Config{APIKey: "key", Transport: b, Clock: c, Random: func() float64 { return 0.5 }})
			post(t, x, open("event-00001", "user-0001"))
			running(t, x)
			r := &rig{t: t, x: x, clock: c, looks: 5}
			r.await("the end", func(l exporter.Ledger) bool { return l.Held == 0 })
			b.mu.Lock()
			defer b.mu.Unlock()
			if len(b.called) != 2 || b.called[1].Sub(b.called[0]) < 10*time.Minute {
				t.Errorf("uploads at %v, want two, ten minutes apart", b.called)
			}
		})
	}
}
