package exporter_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/exporter/status"
)

const tooMany = `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,` +
	`"throttled_devices":{},"throttled_users":{"user-0001":77},"exceeded_daily_quota_users":{"user-0002":500321},"throttled_events":[0,1]}`

// throttler throttles the two users of the first uploads.
type throttler struct{}

func (throttler) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	a := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r}
	a.Header.Set("Content-Type", "application/json")
	text := fine
	if strings.Contains(string(body), "user-0001") && strings.Contains(string(body), "user-0002") {
		a.StatusCode, text = http.StatusTooManyRequests, tooMany
	}
	a.Body = io.NopCloser(strings.NewReader(text))
	return a, nil
}

// An operator finds out who is throttled, since when, until when, at what rate and
// with Amplitude's words; and by name only who asks for names.
func TestExporter_whoIsThrottled(t *testing.T) {
	t.Parallel()
	for _, reveal := range []bool{false, true} {
		t.Run(map[bool]string{false: "pseudonyms", true: "names"}[reveal], func(t *testing.T) {
			t.Parallel()
			var log logText
			c := newClock()
			x := start(t, exporter.Config{
				APIKey: "key", Transport: throttler{}, Clock: c, Random: func() float64 { return 0 }, RevealIDs: reveal,
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})
			post(t, x, `{"events":[`+open("event-00001", "user-0001")+","+open("event-00002", "user-0002")+`]}`)
			running(t, x)
			var page status.Lanes
			await(t, "two throttled users", func() bool {
				text := get(t, x, "/lanes?state=throttled").Body.Bytes()
				if err := json.Unmarshal(text, &page); err != nil {
					t.Fatalf("%v: %s", err, text)
				}
				return page.Users == 2 && len(page.Lanes) == 2
			})
			lanes := map[string]status.Lane{}
			for _, l := range page.Lanes {
				lanes[l.Reason] = l
			}
			rate, quota, now := lanes["rate"], lanes["daily_quota"], c.Now()
			const words = "Too many requests for some devices and users"
			if rate.Kind != "user" || rate.PerSecond != 15 || rate.Measured != 77 || rate.Amplitude != words ||
				!rate.Since.Equal(now) || !rate.Until.Equal(now.Add(30*time.Second)) {
				t.Errorf("lane %+v, want 15 a second, 77 measured, until %v", rate, now.Add(30*time.Second))
			}
			if quota.Measured != 500321 || !quota.Until.Equal(now.Add(time.Hour)) {
				t.Errorf("lane %+v, want 500321 measured, until %v", quota, now.Add(time.Hour))
			}
			if got := strings.Count(log.String(), "amplitude throttles an id"); got != 2 {
				t.Errorf("%d log lines of 2 pauses:\n%s", got, log.String())
			}
			all := log.String() + get(t, x, "/stats").Body.String() + get(t, x, "/lanes").Body.String()
			if shown := strings.Contains(all, "user-0001"); shown != reveal {
				t.Errorf("ids shown: %v, want %v:\n%s", shown, reveal, all)
			}
			if !strings.Contains(get(t, x, "/stats").Body.String(), `"throttled":{"devices":0,"users":2`) {
				t.Errorf("stats %s", get(t, x, "/stats").Body)
			}
			if got := x.Stats().Throttled.Lanes; len(got) != 2 || got[0].Events != 1 || got[1].Events != 1 {
				t.Errorf("lanes of the stats: %+v, want the event of each that waits", got)
			}
			if w := get(t, x, "/lanes?state=other"); w.Code != http.StatusBadRequest {
				t.Errorf("an unknown state: %d", w.Code)
			}
			// When the pause is over, so is the entry.
			c.advance(31 * time.Second)
			await(t, "one throttled user", func() bool {
				return strings.Contains(get(t, x, "/stats").Body.String(), `"users":1`)
			})
		})
	}
}

// A lag says something about the present: it falls back to 0.
func TestExporter_lagIsForgotten(t *testing.T) {
	t.Parallel()
	c := newClock()
	x := start(t, exporter.Config{APIKey: "key", Transport: throttler{}, Clock: c})
	post(t, x, open("event-00001", "user-0003"))
	running(t, x)
	const lag = "currents_exporter_lag_seconds "
	const none = lag + "0\n"
	await(t, "a lag", func() bool { return !strings.Contains(scrape(t, x), none) })
	c.advance(61 * time.Second)
	if got := scrape(t, x); !strings.Contains(got, none) {
		t.Errorf("a minute after the last event there still is a lag:\n%s", got)
	}
}

// After a restart the number of those who wait in the queue is still known.
func TestOpen_lanesInQueue(t *testing.T) {
	t.Parallel()
	cfg := exporter.Config{
		APIKey: "key", Transport: throttler{}, Clock: newClock(),
		Queue: exporter.Queue{Dir: t.TempDir(), Durability: exporter.DurabilityOS},
	}
	x := openExporter(t, cfg)
	post(t, x, `{"events":[`+open("event-00001", "user-0001")+","+open("event-00002", "user-0002")+`]}`)
	stop := running(t, x)
	const waits = `"lanes_in_queue":1`
	page := func() string { return get(t, x, "/lanes?state=throttled").Body.String() }
	await(t, "a user over the daily quota in the queue", func() bool { return strings.Contains(page(), waits) })
	stop()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = openExporter(t, cfg)
	if got := page(); !strings.Contains(got, waits) {
		t.Errorf("after a restart: %s", got)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
}
