package loadgen_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/pace"
)

// numbers encodes a send as the numbers of its events.
type numbers struct{}

func (numbers) Append(dst []byte, s *loadgen.Send, _ time.Time) []byte {
	for i, e := range s.Events {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = strconv.AppendUint(dst, e.Number, 10)
	}
	return dst
}

func plan(tb testing.TB, rate float64, d time.Duration, batch int) *loadgen.Schedule {
	tb.Helper()
	s, err := loadgen.Plan{
		Phases: []loadgen.Phase{{Pace: pace.Constant{PerSecond: rate}, For: d}},
		Batch:  batch,
		Mix:    loadgen.Rounds{Payloads: 2, Devices: 3},
	}.Schedule()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func target(tb testing.TB, kind loadgen.Kind, url string) loadgen.Target {
	tb.Helper()
	got, err := loadgen.ParseTarget(kind, url, false)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

// pipes is a server inside a synctest bubble: connections are in memory, so all
// waiting is waiting for the fake clock.
type pipes struct {
	answer func(request string) string // of the body; runs in the bubble
	refuse error
	// starved reports that processors are too few for more senders.
	starved bool
	wg      sync.WaitGroup
}

func (p *pipes) DialContext(context.Context, string, string) (net.Conn, error) {
	if p.refuse != nil {
		return nil, p.refuse
	}
	client, server := net.Pipe()
	p.wg.Go(func() {
		defer server.Close()
		for r := bufio.NewReader(server); ; {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(req.Body)
			if _, err := io.WriteString(server, p.answer(string(body))); err != nil {
				return
			}
		}
	})
	return client, nil
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

func runInBubble(t *testing.T, p *pipes, s *loadgen.Schedule, cfg loadgen.Config) *loadgen.Result {
	t.Helper()
	cfg.Target, cfg.Encoder, cfg.Now, cfg.Dialer = target(t, loadgen.Exporter, "http://subject.test"), numbers{}, time.Now, p
	g, err := loadgen.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	g.SetStarved(func() bool { return p.starved })
	r := g.Run(t.Context(), s)
	p.wg.Wait()
	return r
}

func TestGenerator_RunOnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var seen []time.Duration
		p := &pipes{answer: func(string) string {
			seen = append(seen, time.Since(start))
			<-time.After(3 * time.Millisecond)
			return ok
		}}
		r := runInBubble(t, p, plan(t, 100, time.Second, 1), loadgen.Config{})
		if len(seen) != 100 || seen[0] != 0 || seen[1] != 10*time.Millisecond || seen[99] != 990*time.Millisecond {
			t.Errorf("requests came at %v, want every 10ms", seen)
		}
		if want := (loadgen.Sends{Due: 100, Answered: 100}); r.Sends != want {
			t.Errorf("Sends = %+v, want %+v", r.Sends, want)
		}
		if want := (loadgen.Outcomes{Due: 100, Accepted: 100}); r.Outcomes != want {
			t.Errorf("Outcomes = %+v, want %+v", r.Outcomes, want)
		}
		if got := r.Intended.Max(); got < 3000 || got > 3002 {
			t.Errorf("slowest from intended = %d us, want 3000", got)
		}
		if r.ScheduleError.Max() != 0 || r.Senders != 32 || r.Elapsed != time.Second {
			t.Errorf("schedule error %d us with %d senders in %v, want 0 with the 32 of the start in 1s", r.ScheduleError.Max(), r.Senders, r.Elapsed)
		}
		if v, why := r.Verdict(0); v != loadgen.Valid || why != "" {
			t.Errorf("verdict = %q %q, want valid", v, why)
		}
	})
}

// A subject that stalls once must not hide what waited behind the stall: a
// closed-loop client would have seen one slow request.
func TestGenerator_RunStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		stall := start.Add(500 * time.Millisecond)
		p := &pipes{answer: func(string) string {
			if now := time.Now(); now.Before(stall) {
				<-time.After(stall.Sub(now))
			}
			return ok
		}}
		// One sender only: everything due during the stall waits for it.
		r := runInBubble(t, p, plan(t, 100, time.Second, 1), loadgen.Config{Senders: 1, Tolerance: 10 * time.Millisecond})
		if want := (loadgen.Sends{Due: 100, Answered: 100, LateSenders: 48}); r.Sends != want {
			t.Errorf("Sends = %+v, want %+v", r.Sends, want) // due at 10..480 ms, left at 500
		}
		if got := r.Intended.ValueAtQuantile(50); got > 10_000 {
			t.Errorf("median from intended = %d us", got)
		}
		if got := r.Intended.ValueAtQuantile(75); got < 235_000 || got > 265_000 {
			t.Errorf("p75 from intended = %d us, want 250 ms: half of the requests waited up to 500 ms", got)
		}
		if got := r.Service.ValueAtQuantile(98); got != 0 {
			t.Errorf("p98 of service = %d us, want 0: only one request was slow by itself", got)
		}
		v, why := r.Verdict(0.01)
		if v != loadgen.Bottleneck || !strings.Contains(why, "48 of 100 requests left more than 10ms late, 0 never; all 1 senders were busy: an answer took 5ms on average") {
			t.Errorf("verdict = %q %q", v, why)
		}
	})
}

// With senders enough, the same stall is the subject's alone.
func TestGenerator_RunStallWithSenders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{answer: func(string) string {
			<-time.After(500 * time.Millisecond)
			return ok
		}}
		r := runInBubble(t, p, plan(t, 100, 2*time.Second, 1), loadgen.Config{Senders: 100})
		if r.Sends.Answered != 200 || r.Sends.Dropped != 0 || r.Senders < 50 || r.Senders > 100 {
			t.Errorf("Sends = %+v with %d senders", r.Sends, r.Senders)
		}
	})
}

// A target that answers slowly gets the connections that the rate needs before requests are
// late.
func TestGenerator_RunSlowTarget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{answer: func(string) string {
			<-time.After(30 * time.Millisecond)
			return ok
		}}
		r := runInBubble(t, p, plan(t, 5000, 200*time.Millisecond, 1), loadgen.Config{})
		if want := (loadgen.Sends{Due: 1000, Answered: 1000}); r.Sends != want {
			t.Errorf("Sends = %+v, want %+v", r.Sends, want)
		}
		if got := r.ScheduleError.Max(); got > 5000 || r.Senders > 200 {
			t.Errorf("schedule error up to %d us with %d senders; want at most 5 ms with the 150 that the rate needs and few more", got, r.Senders)
		}
	})
}

// Where processors are short, more senders would take them from those there are. What is due
// still leaves, and its wait is counted.
func TestGenerator_RunStallStarved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{starved: true, answer: func(string) string {
			<-time.After(500 * time.Millisecond)
			return ok
		}}
		r := runInBubble(t, p, plan(t, 100, time.Second, 1), loadgen.Config{Senders: 100})
		if want := (loadgen.Sends{Due: 100, Answered: 100, LateSenders: 68}); r.Sends != want || r.Senders != 32 {
			t.Errorf("Sends = %+v with %d senders, want %+v with the 32 of the start", r.Sends, r.Senders, want)
		}
		if got := r.Intended.Max(); got < 1_000_000 {
			t.Errorf("slowest from intended = %d us, want more than 1 s: the wait for a sender is counted", got)
		}
		if _, why := r.Verdict(0.01); !strings.Contains(why, "32 senders waited for answers") || !strings.Contains(why, "times the processors of this machine were too busy for one more") {
			t.Errorf("the verdict is explained by %q; want both the answers and the processors", why)
		}
	})
}

func TestGenerator_RunDrops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{answer: func(string) string {
			<-time.After(5 * time.Second)
			return ok
		}}
		r := runInBubble(t, p, plan(t, 40, time.Second, 2), loadgen.Config{Senders: 2, Queue: 3})
		// 20 requests of 2 events: two in flight, three wait, fifteen have no place.
		if r.Sends.Due != 20 || r.Sends.Dropped != 15 || r.Sends.Answered != 5 {
			t.Errorf("Sends = %+v, want 20 due, 15 dropped, 5 answered", r.Sends)
		}
		if want := (loadgen.Outcomes{Due: 40, Accepted: 10, Dropped: 30}); r.Outcomes != want {
			t.Errorf("Outcomes = %+v, want %+v", r.Outcomes, want)
		}
		if v, _ := r.Verdict(0.5); v != loadgen.Bottleneck {
			t.Errorf("verdict = %q", v)
		}
	})
}

func TestGenerator_RunFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		pipes  *pipes
		reason string
	}{
		{"refused", &pipes{refuse: errors.New("dial: refused")}, "broken answer"},
		{"silent", &pipes{answer: func(string) string { return "" }}, "timeout"},
		{"garbage", &pipes{answer: func(string) string { return "what?\r\n" }}, "broken answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := runInBubble(t, tt.pipes, plan(t, 10, time.Second, 1), loadgen.Config{Timeout: time.Second})
				if r.Sends.Failed != 10 || r.Outcomes.Failed != 10 || r.Errors[tt.reason] != 10 {
					t.Errorf("Sends = %+v, errors %v; want 10 failed by %q", r.Sends, r.Errors, tt.reason)
				}
			})
		})
	}
}

func TestGenerator_RunInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		defer cancel()
		p := &pipes{answer: func(string) string {
			<-time.After(100 * time.Millisecond)
			return ok
		}}
		g, err := loadgen.New(loadgen.Config{Target: target(t, loadgen.Exporter, "http://subject.test"), Encoder: numbers{}, Now: time.Now, Dialer: p})
		if err != nil {
			t.Fatal(err)
		}
		r := g.Run(ctx, plan(t, 10, time.Hour, 1))
		p.wg.Wait()
		if want := (loadgen.Sends{Due: 3, Answered: 3}); r.Sends != want || !r.Interrupted {
			t.Errorf("Sends = %+v, interrupted %v; want 3 due, all answered", r.Sends, r.Interrupted)
		}
		if v, why := r.Verdict(1); v != loadgen.Interrupted || why != "stopped after 300ms" {
			t.Errorf("verdict = %q %q", v, why)
		}
	})
}

func TestGenerator_RunHTTP(t *testing.T) {
	t.Parallel()
	const throttled = `{"code":429,"error":"Too many requests for some devices and users","eps_threshold":30,` +
		`"throttled_devices":{"d":31},"throttled_users":{},"throttled_events":[1,1,99]}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch first, _, _ := strings.Cut(string(body), " "); first {
		case "3": // events 3 4 5
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = io.WriteString(w, throttled)
		case "6": // events 6 7 8
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"code":400,"error":"Invalid id length for user_id or device_id","events_with_invalid_id_lengths":{"user_id":[0,2],"device_id":[0]}}`)
		case "9": // 9 10 11
			w.WriteHeader(http.StatusServiceUnavailable)
		case "12": // 12 13 14
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"code":403,"error":"Forbidden"}`)
		case "15": // 15 16 17
			_, _ = io.WriteString(w, `<html>Sign in to the guest network</html>`)
		default:
			_, _ = fmt.Fprintf(w, `{"code":200,"events_ingested":%d,"payload_size_bytes":9,"server_upload_time":1396381378123}`, len(strings.Fields(string(body))))
		}
	}))
	defer srv.Close()
	g, err := loadgen.New(loadgen.Config{Target: target(t, loadgen.Amplitude, srv.URL), Encoder: numbers{}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := g.Live(); ok {
		t.Error("Live before the first run")
	}
	r := g.Run(t.Context(), plan(t, 200, 100*time.Millisecond, 3))
	want := loadgen.Outcomes{Due: 20, Accepted: 3 + 2, Throttled: 1, Neighbors: 2 + 1, Rejected: 2 + 3, Failed: 3 + 3}
	if r.Outcomes != want {
		t.Errorf("Outcomes = %+v, want %+v", r.Outcomes, want)
	}
	if r.Statuses[200] != 3 || r.Statuses[429] != 1 || r.Statuses[400] != 1 || r.Statuses[403] != 1 || r.Statuses[503] != 1 {
		t.Errorf("Statuses = %v", r.Statuses)
	}
	if got := r.Errors["success not of Amplitude's shape"]; got != 1 {
		t.Errorf("Errors = %v, want one success that is not Amplitude's", r.Errors)
	}
	if r.Payloads[0] != 10 || r.Payloads[1] != 10 {
		t.Errorf("Payloads = %v, want 10 of each", r.Payloads)
	}
	if l, ok := g.Live(); !ok || l.Outcomes != want || l.InFlight != 0 || l.PlannedEvents != 20 {
		t.Errorf("Live = %+v, %v", l, ok)
	}
}

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind       loadgen.Kind
		url        string
		real       bool
		want, fail string
	}{
		{loadgen.Exporter, "http://127.0.0.1:8080", false, "http://127.0.0.1:8080/events", ""},
		{loadgen.Amplitude, "http://127.0.0.1:8080/", false, "http://127.0.0.1:8080/2/httpapi", ""},
		{loadgen.Amplitude, "http://127.0.0.1:8080/batch", false, "http://127.0.0.1:8080/batch", ""},
		{loadgen.Amplitude, "https://api2.amplitude.com", false, "", "Amplitude itself"},
		{loadgen.Amplitude, "https://API.EU.Amplitude.COM./batch", false, "", "Amplitude itself"},
		{loadgen.Exporter, "https://amplitude.com", false, "", "Amplitude itself"},
		{loadgen.Amplitude, "https://api2.amplitude.com", true, "https://api2.amplitude.com/2/httpapi", ""},
		{loadgen.Amplitude, "https://api.amplitude.com.example.test", false, "https://api.amplitude.com.example.test/2/httpapi", ""},
		{loadgen.Amplitude, "http://127.0.0.1:8080/2/httpapi/", false, "http://127.0.0.1:8080/2/httpapi", ""},
		{loadgen.Amplitude, "http://127.0.0.1:8080/1/httpapi", false, "", "give http://127.0.0.1:8080, or that with /2/httpapi or /batch"},
		{loadgen.Amplitude, "http://127.0.0.1:8080/2/httpapi/2/httpapi", false, "", "give http://127.0.0.1:8080, or"},
		{loadgen.Amplitude, "http://127.0.0.1:8080/events", false, "", "give http://127.0.0.1:8080, or"},
		{loadgen.Amplitude, "http://127.0.0.1:8080?api_key=secret", false, "", "give http://127.0.0.1:8080, or"},
		{loadgen.Amplitude, "http://127.0.0.1:8080#secret", false, "", "fragment"},
		{loadgen.Exporter, "http://127.0.0.1:8080/hook?x=1", false, "http://127.0.0.1:8080/hook?x=1", ""},
		{loadgen.Exporter, "http://127.0.0.1:8080/hook#x", false, "", "fragment"},
		{loadgen.Amplitude, "127.0.0.1:80", false, "", "cannot be read as a URL"},
		{loadgen.Amplitude, "http://me:secret@h\x7f", false, "", "cannot be read as a URL"},
		{loadgen.Amplitude, "ftp://example.test", false, "", "not an absolute http"},
		{loadgen.Amplitude, "http://me:secret@example.test", false, "", "credentials"},
		{"other", "http://example.test", false, "", `kind "other"`},
	} {
		got, err := loadgen.ParseTarget(tt.kind, tt.url, tt.real)
		if tt.fail != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fail) || strings.Contains(err.Error(), "secret") {
				t.Errorf("ParseTarget(%s, %q) = %v, %v; want an error with %q", tt.kind, tt.url, got.URL, err, tt.fail)
			}
			continue
		}
		if err != nil || got.URL.String() != tt.want {
			t.Errorf("ParseTarget(%s, %q) = %v, %v; want %s", tt.kind, tt.url, got.URL, err, tt.want)
		}
	}
}
