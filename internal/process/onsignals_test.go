package process

import (
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A signal that comes right behind the first one is the same wish.
func TestOnSignals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		at   []time.Duration
		want []string // what is called, and when
	}{
		{"none", nil, nil},
		{"one", []time.Duration{0}, []string{"first 0s"}},
		{"twice at a time", []time.Duration{0, 0}, []string{"first 0s"}},
		{"twice in a moment", []time.Duration{0, 99 * time.Millisecond}, []string{"first 0s"}},
		{"a second one", []time.Duration{0, 101 * time.Millisecond}, []string{"first 0s", "second 101ms"}},
		{"a second one behind repeats", []time.Duration{0, 50 * time.Millisecond, 99 * time.Millisecond, 200 * time.Millisecond}, []string{"first 0s", "second 200ms"}},
		{"a third one", []time.Duration{0, time.Second, 2 * time.Second}, []string{"first 0s", "second 1s"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				signals, done := make(chan os.Signal, len(tc.at)), make(chan struct{})
				start := time.Now()
				for _, at := range tc.at {
					time.AfterFunc(at, func() { signals <- syscall.SIGTERM })
				}
				time.AfterFunc(time.Minute, func() { close(done) })
				var got []string
				call := func(name string) func(os.Signal) {
					return func(os.Signal) { got = append(got, name+" "+time.Since(start).String()) }
				}
				OnSignals(signals, done, call("first"), call("second"))
				if !slices.Equal(got, tc.want) {
					t.Errorf("called %q, want %q", got, tc.want)
				}
			})
		})
	}
}

// What comes while the first signal is handled is a repetition, however long that takes.
func TestOnSignals_slowFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		signals, done := make(chan os.Signal, 2), make(chan struct{})
		signals <- syscall.SIGTERM
		signals <- syscall.SIGTERM
		time.AfterFunc(time.Minute, func() { close(done) })
		OnSignals(signals, done, func(os.Signal) { <-time.After(time.Second) }, func(os.Signal) {
			t.Error("a repetition is a second signal")
		})
	})
}
