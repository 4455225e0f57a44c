package clock_test

import (
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/clock"
)

func TestClock_AfterFunc(t *testing.T) {
	t.Parallel()
	c := clock.Real()
	if _, err := c.Scale(clock.MaxScale); err != nil {
		t.Fatal(err)
	}
	at, called := c.Now().Add(time.Hour), make(chan time.Time)
	c.AfterFunc(at, func() { called <- c.Now() })
	if now := <-called; now.Before(at) {
		t.Errorf("called at %v, want %v or later", now, at)
	}
	stop := c.AfterFunc(c.Now().Add(1e6*time.Hour), func() { t.Error("called though stopped") })
	if !stop() {
		t.Error("stop: too late, want in time")
	}
	c.Freeze()
	if stop := c.AfterFunc(c.Now().Add(time.Second), func() { t.Error("called though frozen") }); !stop() {
		t.Error("stop of a call that never comes: too late")
	}
}
