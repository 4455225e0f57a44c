package exporter_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// The scenarios of loadgen compress hours to seconds. These are the same at the published
// scale: no limit, pause or grace differs from Amplitude's or the exporter's default.

const hot = "hot-device"

// One device sends 45 events a second for ten minutes, of which Amplitude has room for 20.
// It waits, in order, and is left alone for 30 s after each 429. The others do not notice.
func TestPublishedScale_hotDevice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVirtual(t, control.Limits{EventsPerSecond: new(20)})
		random := rand.New(rand.NewPCG(45, 0))
		const others = 300
		numbers := make([]int, others)
		var flood time.Time
		for tick := range 13 * 60 * 10 { // of 100 ms: 3 minutes of quiet, then 10 of flood
			var batch []event
			for range 15 {
				i := random.IntN(others)
				numbers[i]++
				batch = append(batch, event{fmt.Sprintf("device-%03d", i), numbers[i]})
			}
			if tick%4 == 0 {
				batch = append(batch, event{"", tick})
			}
			if tick%200 == 0 {
				if got := v.postBody(`{"event_type":`); got != http.StatusBadRequest {
					t.Fatalf("malformed event: %d", got)
				}
			}
			if tick == 3*60*10 {
				flood = time.Now()
			}
			if !flood.IsZero() {
				for i := range 4 + tick%2 {
					batch = append(batch, event{hot, tick*10 + i})
				}
			}
			v.post(batch...)
			<-time.After(100 * time.Millisecond)
		}
		v.finish()

		v.wantOnlyHotThrottled(exporterPause)
		before := p99(v.delays(func(id string, at time.Time) bool { return at.Before(flood) }))
		during := p99(v.delays(func(id string, at time.Time) bool { return !isHot(id) && !at.Before(flood) }))
		if during > 500*time.Millisecond || during > before+before/10+10*time.Millisecond {
			t.Errorf("p99 of the others is %v during the flood and %v before", during, before)
		}
		if waited := p99(v.delays(func(id string, _ time.Time) bool { return isHot(id) })); waited < time.Minute {
			t.Errorf("p99 of the hot device is %v: this test shows nothing", waited)
		}
	})
}

// A device sends 540,000 events in a day. Those over its quota wait for the hour that frees
// some, in order, and it is tried once an hour.
func TestPublishedScale_dailyQuota(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("half a million events take some seconds")
	}
	synctest.Test(t, func(t *testing.T) {
		v := newVirtual(t, control.Limits{})
		number := 0
		for step := range 24 * 60 * 4 { // of 15 s
			var batch []event
			for range 94 {
				number++
				batch = append(batch, event{hot, number})
			}
			batch = append(batch, event{fmt.Sprintf("device-%03d", step%100), step})
			v.post(batch...)
			<-time.After(15 * time.Second)
		}
		v.finish()

		v.wantOnlyHotThrottled(time.Hour)
		if others := p99(v.delays(func(id string, _ time.Time) bool { return !isHot(id) })); others > time.Second {
			t.Errorf("p99 of the others is %v", others)
		}
		waits := v.delays(func(id string, _ time.Time) bool { return isHot(id) })
		if longest := waits[len(waits)-1]; longest < time.Hour {
			t.Errorf("the device waited for %v at most: this test shows nothing", longest)
		}
	})
}

// A key is refused from a Friday on, and renewed after 47 hours: everything is delivered.
func TestPublishedScale_keyRefusedFor47Hours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVirtual(t, control.Limits{})
		v.overWeekend(47 * time.Hour)
		if l := v.finish(); len(l.Dropped) > 0 {
			t.Errorf("dropped %v, want nothing", l.Dropped)
		}
		v.wantSpacedProbes()
		if longest := v.delays(func(string, time.Time) bool { return true }); longest[len(longest)-1] < 46*time.Hour {
			t.Error("no event waited for the weekend: this test shows nothing")
		}
	})
}

// After 49 hours what was held is dropped and counted, and what comes then is delivered.
func TestPublishedScale_keyRefusedFor49Hours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		v := newVirtual(t, control.Limits{})
		weekend := v.overWeekend(49 * time.Hour)
		l := v.finish()
		if got := l.Dropped["key_expired"]; got != int64(weekend) {
			t.Errorf("%d events expired, want the %d of the weekend", got, weekend)
		}
		v.wantSpacedProbes()
	})
}

const exporterPause = 30 * time.Second

func isHot(id string) bool { return len(id) > len(hot) && id[:len(hot)] == hot }

// overWeekend posts for an hour, lets the key expire, posts for three hours, and renews the
// key when it has been refused for a time. It returns the number of events in between.
func (v *virtual) overWeekend(refused time.Duration) (between int) {
	v.t.Helper()
	number := 0
	postFor := func(d time.Duration) {
		for range int(d / (10 * time.Second)) {
			number++
			v.post(event{fmt.Sprintf("device-%03d", number%50), number}, event{fmt.Sprintf("device-%03d", number%50+50), number})
			<-time.After(10 * time.Second)
		}
	}
	postFor(time.Hour)
	if _, err := v.control.ExpireKey(v.t.Context(), virtualKey, time.Now()); err != nil {
		v.t.Fatal(err)
	}
	expired, before := time.Now(), number
	postFor(3 * time.Hour)
	between = 2 * (number - before)
	<-time.After(refused - time.Since(expired))
	if _, err := v.control.RenewKey(v.t.Context(), virtualKey); err != nil {
		v.t.Fatal(err)
	}
	postFor(time.Hour)
	return between
}

// wantSpacedProbes checks that a refused key is tried about once a minute.
func (v *virtual) wantSpacedProbes() {
	v.t.Helper()
	const ramp = 12 // while the backoff grows
	probes := v.uploads.refused
	if len(probes) <= ramp {
		v.t.Fatalf("%d uploads were refused: this test shows nothing", len(probes))
	}
	if spent, most := len(probes), ramp+int(probes[len(probes)-1].Sub(probes[0])/(30*time.Second)); spent > most {
		v.t.Errorf("%d uploads with a refused key, want %d at most", spent, most)
	}
	if at := v.uploads.accepted; len(at) == 0 {
		v.t.Error("nothing was delivered")
	}
}

// wantOnlyHotThrottled checks that one device alone was throttled, that it was left alone
// for a pause each time, and that little was sent in vain.
func (v *virtual) wantOnlyHotThrottled(pause time.Duration) {
	v.t.Helper()
	if v.uploads.throttled[hot] == nil || len(v.uploads.throttled) > 1 {
		v.t.Errorf("throttled devices %v, want one alone", v.uploads.throttled)
	}
	var before time.Time
	for _, at := range v.uploads.throttled[hot] {
		if gap := at.Sub(before); gap < pause {
			v.t.Errorf("the device was tried %v after a 429, want %v at least", gap, pause)
		}
		before = at
	}
	if waste := float64(v.uploads.sent) / float64(len(v.uploads.accepted)); waste > 2 {
		v.t.Errorf("%.2f events sent for each that was accepted", waste)
	}
}
