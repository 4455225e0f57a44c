package alert

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/exporter/status"
)

type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

func (bubbleClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// outbox records what is sent, and fails as often as failures says.
type outbox struct {
	failures int
	sent     []Message
	at       []time.Time
}

func (o *outbox) Send(_ context.Context, m Message) error {
	if o.failures > 0 {
		o.failures--
		return errors.New("no route to host")
	}
	o.sent = append(o.sent, m)
	o.at = append(o.at, time.Now())
	return nil
}

// run runs an alarm with a grace of 48 hours beside f, inside a bubble where time
// passes at once.
func run(t *testing.T, failures int, f func(a *KeyNotifier, start time.Time)) *outbox {
	t.Helper()
	o := &outbox{failures: failures}
	synctest.Test(t, func(t *testing.T) {
		c := Connector{Name: "Production", Target: "https://api2.amplitude.com", Grace: 48 * time.Hour}
		a := New(c, o, bubbleClock{}, slog.New(slog.DiscardHandler), func() int64 { return 77 })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			a.Run(ctx)
		}()
		f(a, time.Now())
		cancel()
		<-done
	})
	return o
}

func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestAlarm(t *testing.T) {
	t.Parallel()
	var began time.Time
	o := run(t, 0, func(a *KeyNotifier, start time.Time) {
		began = start
		a.Notify(status.KeyState{Refused: true, Since: start, Held: 5})
		after(time.Hour)
		a.Notify(status.KeyState{Refused: true, Since: start.Add(time.Hour), Held: 50}) // no second mail
		after(46 * time.Hour)
		a.Notify(status.KeyState{Since: start.Add(47 * time.Hour), Held: 80, Dropped: 9})
		after(100 * time.Hour)
	})
	// The bubble begins at 2000-01-01 00:00 UTC.
	want := []struct {
		at            time.Duration
		subject, body string
	}{
		{0, "[Production] Amplitude refuses the API key", "5 are waiting. What waits is dropped at 2000-01-03 00:00:00 UTC, 48h0m0s after"},
		{36 * time.Hour, "[Production] Events will be dropped: Amplitude still refuses the API key", "77 events are waiting. What waits is dropped at 2000-01-03 00:00:00 UTC"},
		{47 * time.Hour, "[Production] Amplitude accepts the API key again", "from 2000-01-01 00:00:00 UTC to 2000-01-02 23:00:00 UTC.\n\nSending goes on; 80 events were waiting. 9 events had"},
	}
	if len(o.sent) != len(want) {
		t.Fatalf("%d mails, want %d: %q", len(o.sent), len(want), o.sent)
	}
	for i, w := range want {
		if m := o.sent[i]; m.Subject != w.subject || !strings.Contains(m.Body, w.body) || o.at[i].Sub(began) != w.at {
			t.Errorf("mail %d after %v: %s\n%s\nwant after %v: %s ... %s", i, o.at[i].Sub(began), m.Subject, m.Body, w.at, w.subject, w.body)
		}
	}
}

// Every outage has mail of its own.
func TestAlarm_twoEpisodes(t *testing.T) {
	t.Parallel()
	o := run(t, 0, func(a *KeyNotifier, start time.Time) {
		for i := range 2 {
			at := start.Add(time.Duration(i) * time.Hour)
			a.Notify(status.KeyState{Refused: true, Since: at})
			after(time.Minute)
			a.Notify(status.KeyState{Since: at.Add(time.Minute)})
			after(time.Hour - time.Minute)
		}
	})
	if len(o.sent) != 4 {
		t.Errorf("%d mails, want 4: %q", len(o.sent), o.sent)
	}
}

// A server that does not answer is asked again every minute; what is out of date
// by then is not sent any more.
func TestAlarm_retries(t *testing.T) {
	t.Parallel()
	var began time.Time
	o := run(t, 3, func(a *KeyNotifier, start time.Time) {
		began = start
		a.Notify(status.KeyState{Refused: true, Since: start})
		after(time.Hour)
	})
	if len(o.sent) != 1 || o.at[0].Sub(began) != 3*time.Minute {
		t.Errorf("%d mails at %v, want one after 3 minutes", len(o.sent), o.at)
	}
	o = run(t, 3, func(a *KeyNotifier, start time.Time) {
		a.Notify(status.KeyState{Refused: true, Since: start})
		after(90 * time.Second)
		a.Notify(status.KeyState{Since: start.Add(90 * time.Second)})
		after(time.Hour)
	})
	if len(o.sent) != 0 {
		t.Errorf("mails of an outage that was not mailed: %q", o.sent)
	}
}
