package exporter_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter"
)

// wire answers uploads with bytes, as far as it has any for them; else it takes
// them. The events of the first uploads, which the answer is about, are 10.
type wire struct {
	mu      sync.Mutex // guards what follows
	answer  func(ids []string) (status int, body string, err error)
	uploads int
	taken   map[string]int
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, part := range bytes.Split(body, []byte(`"insert_id":"`))[1:] {
		id, _, _ := bytes.Cut(part, []byte(`"`))
		ids = append(ids, string(id))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.uploads++
	status, text, err := w.answer(ids)
	if text == fine {
		text = fmt.Sprintf(`{"code":200,"events_ingested":%d}`, len(ids))
	}
	if status/100 == 2 || errors.Is(err, io.ErrUnexpectedEOF) {
		for _, id := range ids {
			w.taken[id]++
		}
	}
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(text)), Header: http.Header{}, Request: r}, nil
}

// fine is a success for one event; wire makes it one for all events of an upload.
const fine = `{"code":200,"events_ingested":1}`

// holds answers as long as an upload holds event-00004.
func holds(answer func(i int, ids []string) (int, string)) func([]string) (int, string, error) {
	return func(ids []string) (int, string, error) {
		for i, id := range ids {
			if id == "event-00004" {
				status, body := answer(i, ids)
				return status, body, nil
			}
		}
		return http.StatusOK, fine, nil
	}
}

// first answers the first n uploads.
func first(n int, status int, body string, err error) func([]string) (int, string, error) {
	return func([]string) (int, string, error) {
		if n--; n >= 0 {
			return status, body, err
		}
		return http.StatusOK, fine, nil
	}
}

// Every answer of Amplitude, as bytes on the wire, has a stated reaction and costs
// no more than the stated uploads, for ten events of ten users.
func TestExporter_everyAnswer(t *testing.T) {
	t.Parallel()
	invalid := func(indexes string) string {
		return `{"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"time":` + indexes + `}}`
	}
	for _, row := range []struct {
		name    string
		answer  func([]string) (int, string, error)
		dead    map[string]int64
		uploads int // at most
		repeats int // times an event may be taken more than once
	}{
		{"success", first(0, 0, "", nil), nil, 1, 0},
		{"success without a body", first(3, 200, "", nil), nil, 4, 3},
		{"success with a broken body", first(3, 200, `{"code":20`, nil), nil, 4, 3},
		{"success with a login page", first(3, 200, `<html>ok</html>`, nil), nil, 4, 3},
		{"success of another service", first(3, 200, `{"ok":true}`, nil), nil, 4, 3},
		{"success by status, failure by body", first(2, 200, `{"code":500}`, nil), nil, 3, 2},
		{"success by status, throttled by body", first(1, 200, `{"code":429,"throttled_events":[4]}`, nil), nil, 3, 1},
		{"accepted by a queue in between", first(2, 202, `{"code":202}`, nil), nil, 3, 2},
		{"key refused by a proxy, 401", first(3, 401, `{"code":401,"error":"Invalid API key"}`, nil), nil, 4, 0},
		{"key refused by a proxy, 403", first(3, 403, `{"message":"Invalid API key"}`, nil), nil, 4, 0},
		{"key refused by a proxy, 400", first(3, 400, `Invalid API key: x`, nil), nil, 4, 0},
		{"proxy wants a password", first(3, 407, ``, nil), nil, 4, 0},
		{"no such place", first(3, 404, `404 page not found`, nil), nil, 4, 0},
		{"redirect", first(3, 302, ``, nil), nil, 4, 0},
		{"failure by status, success by body", first(2, 500, fine, nil), nil, 3, 0},
		{"page of a gateway", first(3, 502, `<html>Bad Gateway</html>`, nil), nil, 4, 0},
		{"page of a firewall", first(3, 403, `<html>Forbidden</html>`, nil), nil, 4, 0},
		{"request timeout", first(2, 408, ``, nil), nil, 3, 0},
		{"hangs up before it takes", first(2, 0, "", io.ErrClosedPipe), nil, 3, 0},
		{"hangs up after it took", first(2, 0, "", io.ErrUnexpectedEOF), nil, 3, 2},
		{"429 without indexes", first(2, 429, `{"code":429,"error":"Too many requests"}`, nil), nil, 3, 0},
		{"429 with a page", first(2, 429, `<html>slow down</html>`, nil), nil, 3, 0},
		{"429 with indexes only", first(1, 429, `{"code":429,"throttled_events":[4]}`, nil), nil, 3, 0},
		{"429 with a user", first(1, 429, `{"code":429,"throttled_users":{"user-4":31},"throttled_events":[4]}`, nil), nil, 3, 0},
		{"429 for the quota", first(1, 429, `{"code":429,"exceeded_daily_quota_users":{"user-4":500001},"throttled_events":[4]}`, nil), nil, 3, 0},
		{"400 naming an event", holds(func(i int, _ []string) (int, string) {
			return 400, invalid(fmt.Sprintf("[%d]", i))
		}), map[string]int64{"invalid_field": 1}, 2, 0},
		{"400 naming only the first of many", func(ids []string) (int, string, error) {
			for i, id := range ids {
				if id >= "event-00004" && id <= "event-00007" {
					return 400, invalid(fmt.Sprintf("[%d]", i)), nil
				}
			}
			return 200, fine, nil
		}, map[string]int64{"invalid_field": 4}, 10, 0},
		{"400 naming nothing", holds(func(int, []string) (int, string) { return 400, `{"code":400,"error":"Invalid event JSON"}` }), map[string]int64{"refused": 1}, 9, 0},
		{"400 of a gateway that repeats the status", first(3, 400, `{"code":400,"error":"Bad Request"}`, nil), nil, 4, 0},
		{"413 of a gateway that repeats the status, for one", func() func([]string) (int, string, error) {
			left := 6
			return holds(func(int, []string) (int, string) {
				if left--; left >= 0 {
					return 413, `{"code":413,"error":"Request Entity Too Large"}`
				}
				return 200, fine
			})
		}(), nil, 14, 0},
		{"key refused by a gateway that repeats the status", first(3, 400, `{"code":400,"error":"API_KEY_INVALID: Invalid API key"}`, nil), nil, 4, 0},
		{"400 with a page, for all", first(3, 400, `<html>`, nil), nil, 4, 0},
		{"400 with a page, for one event, a while", func() func([]string) (int, string, error) {
			left := 6
			return holds(func(int, []string) (int, string) {
				if left--; left >= 0 {
					return 400, `<html>`
				}
				return 200, fine
			})
		}(), nil, 12, 0},
		{"400 naming events that are not there, a while", func() func([]string) (int, string, error) {
			left := 6
			return holds(func(int, []string) (int, string) {
				if left--; left >= 0 {
					return 400, invalid("[-1,10,2000]")
				}
				return 200, fine
			})
		}(), nil, 14, 0},
		{"413 for many", func(ids []string) (int, string, error) {
			if len(ids) > 3 {
				return 413, `{"code":413,"error":"Payload too large"}`, nil
			}
			return 200, fine, nil
		}, nil, 8, 0},
		{"413 of a proxy for many", func(ids []string) (int, string, error) {
			if len(ids) > 3 {
				return 413, `<html>`, nil
			}
			return 200, fine, nil
		}, nil, 8, 0},
		{"413 for one", holds(func(int, []string) (int, string) {
			return 413, `{"code":413,"error":"Payload too large"}`
		}), map[string]int64{"oversize": 1}, 9, 0},
		{"413 of a proxy for one, a while", func() func([]string) (int, string, error) {
			left := 6
			return holds(func(int, []string) (int, string) {
				if left--; left >= 0 {
					return 413, `<html>`
				}
				return 200, fine
			})
		}(), nil, 14, 0},
		{"500 for one event, a while", func() func([]string) (int, string, error) {
			left := 6
			return holds(func(int, []string) (int, string) {
				if left--; left >= 0 {
					return 500, ""
				}
				return 200, fine
			})
		}(), nil, 12, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := &wire{answer: row.answer, taken: map[string]int{}}
			c := newClock()
			x := start(t, exporter.Config{APIKey: "key", Transport: w, Clock: c, Random: func() float64 { return 0.5 }})
			var events []string
			for i := range 10 {
				events = append(events, open(fmt.Sprintf("event-%05d", i), fmt.Sprintf("user-%d", i)))
			}
			if got := post(t, x, `{"events":[`+strings.Join(events, ",")+`]}`); got.Code != http.StatusOK {
				t.Fatalf("post: %d", got.Code)
			}
			running(t, x)
			r := &rig{t: t, x: x, clock: c, looks: 5}
			l := r.await("the end", func(l exporter.Ledger) bool { return l.Held == 0 })
			want := map[string]int64{}
			if row.dead != nil {
				want = row.dead
			}
			if l.NotIngested != 0 {
				t.Errorf("%d events not ingested, want none", l.NotIngested)
			}
			if diff := cmp.Diff(want, l.DeadLettered); diff != "" || !l.Balanced() {
				t.Errorf("dead letters (-want +got):\n%s", diff)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.uploads > row.uploads {
				t.Errorf("%d uploads, want at most %d", w.uploads, row.uploads)
			}
			if int64(len(w.taken)) < l.Accepted {
				t.Errorf("%d events taken, %d booked as accepted", len(w.taken), l.Accepted)
			}
			for id, n := range w.taken {
				if n > 1+row.repeats {
					t.Errorf("event %s taken %d times", id, n)
				}
			}
		})
	}
}
