package exporter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// slowUploads accepts every event, each upload after 100 ms, and keeps how they came.
type slowUploads struct {
	mu        sync.Mutex // guards what follows
	inFlight  int
	most      int // in flight at once
	largest   int // events in one upload
	perSecond map[string]map[int64]int
}

// RoundTrip serves an upload.
func (s *slowUploads) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var upload struct {
		Events []struct {
			Device string `json:"device_id"`
		} `json:"events"`
	}
	if err := json.Unmarshal(body, &upload); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.inFlight++
	s.most, s.largest = max(s.most, s.inFlight), max(s.largest, len(upload.Events))
	for _, e := range upload.Events {
		if s.perSecond[e.Device] == nil {
			s.perSecond[e.Device] = map[int64]int{}
		}
		s.perSecond[e.Device][time.Now().Unix()]++
	}
	s.mu.Unlock()
	<-time.After(100 * time.Millisecond)
	s.mu.Lock()
	s.inFlight--
	s.mu.Unlock()
	w := httptest.NewRecorder()
	fmt.Fprintf(w, `{"code":200,"events_ingested":%d}`, len(upload.Events))
	return w.Result(), nil
}

// Rate, concurrency and size of batches are what the configuration says, and reach it.
func TestConfig_pacing(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                        string
		cfg                         exporter.Config
		most, largest, perSecond    int
		devices, eventsOfEachDevice int
	}{
		{"defaults", exporter.Config{}, 4, 1000, 30, 3000, 2},
		{"one at a time", exporter.Config{MaxUploads: 1}, 1, 1000, 30, 3000, 2},
		{"starter plan", exporter.Config{MaxUploads: 10, BatchEvents: 10}, 10, 10, 30, 300, 2},
		{"slow devices", exporter.Config{EventsPerSecond: 5}, 1, 5, 5, 1, 20},
		{"the most that is published", exporter.Config{BatchEvents: 2000}, 4, 2000, 30, 9000, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				uploads := &slowUploads{perSecond: map[string]map[int64]int{}}
				tc.cfg.APIKey, tc.cfg.Transport = virtualKey, uploads
				x := start(t, tc.cfg)
				var body bytes.Buffer
				for n := range tc.eventsOfEachDevice {
					for device := range tc.devices {
						fmt.Fprintf(&body, `{"event_type":"users.behaviors.app.SessionStart","id":"%d/%d","time":%d,"device_id":"device-%d"}`+"\n", device, n, time.Now().Unix(), device)
					}
				}
				w := httptest.NewRecorder()
				x.PostHandler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", &body))
				if w.Code != http.StatusOK {
					t.Fatalf("post: %d %s", w.Code, w.Body)
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- x.Run(ctx) }()
				l, err := x.Drain(t.Context())
				cancel()
				if ran := <-ended; err != nil || ran != nil {
					t.Errorf("Drain: %v, Run: %v", err, ran)
				}
				if want := int64(tc.devices * tc.eventsOfEachDevice); l.Accepted != want {
					t.Errorf("%d events accepted, want %d", l.Accepted, want)
				}
				busiest := 0
				for _, seconds := range uploads.perSecond {
					for _, n := range seconds {
						busiest = max(busiest, n)
					}
				}
				if uploads.most != tc.most || uploads.largest != tc.largest || busiest > tc.perSecond {
					t.Errorf("%d uploads in flight, %d events in one, %d of a device in a second; want %d, %d and at most %d",
						uploads.most, uploads.largest, busiest, tc.most, tc.largest, tc.perSecond)
				}
			})
		})
	}
}

func TestConfig_pacingRefused(t *testing.T) {
	t.Parallel()
	for _, cfg := range []exporter.Config{{MaxUploads: -1}, {EventsPerSecond: -1}, {BatchEvents: -1}, {BatchEvents: 2001}} {
		cfg.APIKey = virtualKey
		if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), "at most 2000 events") {
			t.Errorf("%+v: %v, want it refused", cfg, err)
		}
	}
}
