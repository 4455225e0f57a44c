package exporter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// virtual is an exporter in front of a simulator, in the time of a synctest bubble: hours
// pass as soon as nothing happens in them. Uploads are calls of the simulator's handler.
type virtual struct {
	t       *testing.T
	x       *exporter.Exporter
	posts   http.Handler
	uploads *recorder
	control *control.Client
	stop    func()

	posted  map[string]time.Time // by insert_id, without what has no user or device
	unowned int64
}

const virtualKey = "0123456789abcdef0123456789abcdef"

// newVirtual starts both with an exporter's defaults and the limits of a project.
func newVirtual(t *testing.T, limits control.Limits) *virtual {
	t.Helper()
	sim, err := simulator.New(simulator.WithKey(virtualKey), simulator.WithLimits(limits))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	r := &recorder{t: t, simulator: sim, accepted: map[string]time.Time{}, last: map[string]string{}, throttled: map[string][]time.Time{}}
	v := &virtual{
		t: t, uploads: r, posted: map[string]time.Time{},
		control: control.New("http://simulator", control.WithHTTPClient(&http.Client{Transport: call{sim}})),
	}
	v.x = start(t, exporter.Config{APIKey: virtualKey, Transport: r})
	v.posts = v.x.PostHandler()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.x.Run(ctx) }()
	v.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	}
	return v
}

// event is an event to be posted. Its id is made of the device and the number, which
// makes the order of a device that of its ids.
type event struct {
	device string // empty: none, so that it is dropped
	number int
}

func (e event) id() string { return fmt.Sprintf("%s/%08d", e.device, e.number) }

// post posts events in one piece.
func (v *virtual) post(events ...event) {
	v.t.Helper()
	if len(events) == 0 {
		return
	}
	now := time.Now()
	var all []string
	for _, e := range events {
		who := `"user_id":"known to braze only"`
		if e.device != "" {
			who = fmt.Sprintf(`"device_id":%q`, e.device)
			v.posted[e.id()] = now
		} else {
			v.unowned++
		}
		all = append(all, fmt.Sprintf(`{"event_type":"users.behaviors.app.SessionStart","id":%q,"time":%d,%s}`, e.id(), now.Unix(), who))
	}
	if got := v.postBody(`{"events":[` + strings.Join(all, ",") + `]}`); got != http.StatusOK {
		v.t.Fatalf("post at %v: %d", now, got)
	}
}

func (v *virtual) postBody(body string) (status int) {
	w := httptest.NewRecorder()
	v.posts.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body)))
	return w.Code
}

// finish delivers what is left, and checks what holds in every scenario: nothing is lost
// or reordered, and the ledger says so. It returns the ledger.
func (v *virtual) finish() exporter.Ledger {
	v.t.Helper()
	l, err := v.x.Drain(v.t.Context())
	if err != nil {
		v.t.Error(err)
	}
	v.stop()
	expired := l.Dropped["key_expired"]
	if l.Read != int64(len(v.posted))+v.unowned || l.Held != 0 || !l.Balanced() || len(l.DeadLettered) > 0 {
		v.t.Errorf("ledger %+v, want %d events read, none held and no dead letters", l, int64(len(v.posted))+v.unowned)
	}
	if got := int64(len(v.uploads.accepted)); got != int64(len(v.posted))-expired || got != l.Accepted {
		v.t.Errorf("%d events delivered and %d in the ledger, want %d posted without %d expired", got, l.Accepted, len(v.posted), expired)
	}
	if l.Dropped["unaddressable"] != v.unowned {
		v.t.Errorf("%d unaddressable events dropped, want %d", l.Dropped["unaddressable"], v.unowned)
	}
	if v.uploads.reordered > 0 {
		v.t.Errorf("%d events were accepted after later ones of their device", v.uploads.reordered)
	}
	return l
}

// delays returns how long accepted events took, sorted, of those posted from a time on.
func (v *virtual) delays(wanted func(id string, posted time.Time) bool) []time.Duration {
	var all []time.Duration
	for id, at := range v.uploads.accepted {
		if posted := v.posted[id]; wanted(id, posted) {
			all = append(all, at.Sub(posted))
		}
	}
	slices.Sort(all)
	if len(all) == 0 {
		v.t.Fatal("no events to compare: this test shows nothing")
	}
	return all
}

func p99(sorted []time.Duration) time.Duration { return sorted[len(sorted)*99/100] }

// call is a transport that calls a handler.
type call struct{ http.Handler }

// RoundTrip serves the request.
func (c call) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	c.ServeHTTP(w, r)
	return w.Result(), nil
}

// recorder carries uploads to a simulator, and records what became of their events.
type recorder struct {
	t         *testing.T
	simulator http.Handler

	mu        sync.Mutex           // guards what follows
	accepted  map[string]time.Time // by insert_id
	last      map[string]string    // insert_id accepted last, by device
	sent      int                  // events
	reordered int
	refused   []time.Time            // uploads with a key that is refused
	throttled map[string][]time.Time // uploads that were refused for a device
}

// RoundTrip serves an upload.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := call{r.simulator}.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	r.record(body, resp.StatusCode, answer)
	return resp, nil
}

func (r *recorder) record(body []byte, status int, answer []byte) {
	var upload struct {
		Events []struct {
			Device   string `json:"device_id"`
			InsertID string `json:"insert_id"`
		} `json:"events"`
	}
	if err := json.Unmarshal(body, &upload); err != nil {
		r.t.Errorf("upload: %v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.sent += len(upload.Events)
	switch status {
	case http.StatusOK:
		for _, e := range upload.Events {
			if _, again := r.accepted[e.InsertID]; !again && e.InsertID < r.last[e.Device] {
				r.reordered++
			}
			r.accepted[e.InsertID], r.last[e.Device] = now, e.InsertID
		}
	case http.StatusBadRequest:
		r.refused = append(r.refused, now)
	case http.StatusTooManyRequests:
		var named struct {
			Rate  map[string]int `json:"throttled_devices"`
			Quota map[string]int `json:"exceeded_daily_quota_devices"`
		}
		if err := json.Unmarshal(answer, &named); err != nil {
			r.t.Errorf("answer: %v", err)
		}
		for _, devices := range []map[string]int{named.Rate, named.Quota} {
			for device := range devices {
				r.throttled[device] = append(r.throttled[device], now)
			}
		}
	}
}
