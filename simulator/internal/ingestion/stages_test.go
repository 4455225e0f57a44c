package ingestion

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

var testNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// newService returns a service with the key "key-1" and a stopped clock.
func newService(t *testing.T, l limits.Limits, switches ...string) *Service {
	t.Helper()
	var b fidelity.Behavior
	for _, s := range switches {
		name, value, _ := strings.Cut(s, "=")
		var err error
		if b, err = b.With(name, value); err != nil {
			t.Fatal(err)
		}
	}
	s := New(Config{
		Clock: clock.Stopped(testNow, func() time.Time { return testNow }), Journal: journal.New(1 << 20), Limits: l, Behavior: b,
	})
	if _, err := s.CreateKey(control.Key{APIKey: "key-1"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// callOf is a call with a body, as it comes to the checks.
func callOf(s *Service, r Request) *call {
	c := s.begin(r)
	c.parsed = c.scanner.Parse(r.Body, &c.batch)
	c.key = c.batch.Bytes(c.batch.APIKey)
	c.project, c.works = s.Keys.Find(c.now, c.key, r.Region)
	c.state = s.project(c.project).state()
	return c
}

// events is the body of an upload.
func events(list ...string) []byte {
	return fmt.Appendf(nil, `{"api_key":"key-1","events":[%s]}`, strings.Join(list, ","))
}

// TestOrder_stages has each check refuse a request by itself, whatever comes before it.
func TestOrder_stages(t *testing.T) {
	t.Parallel()
	const good, silenced = `{"user_id":"user-0001","event_type":"e"}`, `{"device_id":"device-2","event_type":"e"}`
	starter := limits.Published()
	starter.ProjectRequests = 1
	strict := limits.Published()
	strict.Window, strict.Rate[limits.HTTPAPI] = 1, 1
	for _, test := range []struct {
		stage   string
		limits  limits.Limits
		refused func(*Service) Request
		status  int
		outcome outcome.Outcome
		reasons []outcome.Reason // of the request and then of its events
	}{
		{
			"content type and encoding", limits.Published(), func(*Service) Request { return Request{Unreadable: outcome.InvalidType} },
			400, outcome.Rejected,
			[]outcome.Reason{outcome.InvalidType},
		},
		{
			"size", limits.Published(), func(*Service) Request { return Request{Body: make([]byte, amplitude.MaxHTTPAPIBytes+1)} },
			413, outcome.Rejected,
			[]outcome.Reason{outcome.TooLarge},
		},
		{
			"syntax", limits.Published(), func(*Service) Request { return Request{Body: []byte(`{`)} },
			400, outcome.Rejected,
			[]outcome.Reason{outcome.InvalidJSON},
		},
		{
			"api_key and events are there", limits.Published(), func(*Service) Request { return Request{Body: []byte(`{"api_key":"key-1"}`)} },
			400, outcome.Rejected,
			[]outcome.Reason{outcome.MissingEvents},
		},
		{
			"api_key is valid", limits.Published(), func(*Service) Request { return Request{Body: []byte(`{"api_key":"nope","events":[` + good + `]}`)} },
			400, outcome.Rejected,
			[]outcome.Reason{outcome.InvalidAPIKey, outcome.InvalidAPIKey},
		},
		{
			"fields of the events", limits.Published(), func(*Service) Request { return Request{Body: events(good, `{"user_id":"user-0001"}`)} },
			400, outcome.Rejected,
			[]outcome.Reason{outcome.MissingField, outcome.Neighbor, outcome.MissingField},
		},
		{
			"silenced devices", limits.Published(), func(s *Service) Request {
				if err := s.Silence("key-1", []string{"device-2"}); err != nil {
					t.Error(err)
				}
				return Request{Body: events(good, silenced)}
			}, 400, outcome.Rejected, []outcome.Reason{outcome.SilencedDevice, outcome.Neighbor, outcome.SilencedDevice},
		},
		{
			"limits of the project", starter, func(s *Service) Request {
				s.Upload(Request{Endpoint: &s.HTTPAPI, Body: events(good)})
				return Request{Body: events(good)}
			}, 429, outcome.Throttled, []outcome.Reason{outcome.ProjectRate, outcome.ProjectRate},
		},
		{
			"limits of devices and users", strict, func(*Service) Request { return Request{Body: events(good, silenced, silenced)} },
			429, outcome.Throttled,
			[]outcome.Reason{outcome.DeviceRate, outcome.Neighbor, outcome.DeviceRate, outcome.DeviceRate},
		},
	} {
		s := newService(t, test.limits)
		request := test.refused(s)
		request.Endpoint = &s.HTTPAPI
		passed := Request{Endpoint: &s.Batch, Body: events(good)}
		found := false
		for _, st := range order {
			if st.name != test.stage {
				continue
			}
			found = true
			if r := st.check(s, callOf(s, passed)); r != nil {
				t.Errorf("%s: refused %s with %+v", st.name, passed.Body, r.answer)
			}
			c := callOf(s, request)
			r := st.check(s, c)
			if r == nil || r.status != test.status || r.reason != test.reasons[0] || r.outcome != test.outcome {
				t.Errorf("%s: got %+v, want %d for %s", st.name, r, test.status, test.reasons[0])
				continue
			}
			s.refuse(c, r)
			for i, want := range test.reasons[1:] {
				if c.outcomes[i] != test.outcome || c.reasons[i] != want {
					t.Errorf("%s: event %d: %s for %s, want %s for %s", st.name, i, c.outcomes[i].Name(), c.reasons[i], test.outcome.Name(), want)
				}
			}
		}
		if !found {
			t.Errorf("no check is named %q", test.stage)
		}
	}
}

// TestUpload_nothingIsLeft sends requests of all kinds through calls that are reused: each
// gets the answer that it gets from a service that has seen no other.
func TestUpload_nothingIsLeft(t *testing.T) {
	t.Parallel()
	const one = `{"user_id":"user-0001","event_type":"e","insert_id":"%d"}`
	requests := []func(s *Service, n int) Response{
		func(s *Service, n int) Response {
			return s.Upload(Request{Endpoint: &s.HTTPAPI, Body: events(fmt.Sprintf(one, n))})
		},
		func(s *Service, _ int) Response {
			return s.Upload(Request{Endpoint: &s.Batch, Body: events(strings.Repeat(`{},`, 50) + `{}`)})
		},
		func(s *Service, _ int) Response {
			return s.Upload(Request{Endpoint: &s.HTTPAPI, Unreadable: outcome.InvalidJSON})
		},
		func(s *Service, _ int) Response {
			return s.Upload(Request{Endpoint: &s.HTTPAPI, Body: []byte("x"), Unread: 2 << 20})
		},
		func(s *Service, _ int) Response { return s.Upload(Request{Endpoint: &s.Batch}) },
		func(s *Service, _ int) Response {
			return s.Identified(Request{Endpoint: &s.Identify}, Form{APIKey: "key-1", Identification: `{"user_id":"u"}`})
		},
		func(s *Service, _ int) Response { return s.Stray("/nothing", http.StatusBadRequest) },
	}
	reused := newService(t, limits.Published())
	for n := range 200 {
		send := requests[n*n%len(requests)]
		got, want := send(reused, n), send(newService(t, limits.Published()), n)
		if got.Status != want.Status || got.ContentType != want.ContentType || string(got.Body) != string(want.Body) {
			t.Fatalf("request %d: got %d %s, want %d %s", n, got.Status, got.Body, want.Status, want.Body)
		}
	}
	ledger := reused.Journal.Ledger("key-1")
	if ledger.Events != ledger.Outcomes[control.Accepted]+ledger.Outcomes[control.Rejected] || ledger.Events == 0 {
		t.Errorf("ledger %+v does not add up", ledger)
	}
}

// TestUpload_bodyMemory sends large bodies in the same memory, one after the other: the
// journal reads none of it afterwards.
func TestUpload_bodyMemory(t *testing.T) {
	t.Parallel()
	s := newService(t, limits.Limits{Window: 1, QuotaStep: 1})
	var body []byte
	for n := range 100 {
		pad := strings.Repeat(string(rune('a'+n%26)), 16<<10)
		body = append(body[:0], events(fmt.Sprintf(`{"user_id":"user-0001","event_type":"e%d","pad":%q}`, n, pad))...)
		resp := s.Upload(Request{Endpoint: &s.Batch, Body: body})
		if resp.Status != http.StatusOK {
			t.Fatalf("request %d: %d %s", n, resp.Status, resp.Body)
		}
	}
	list := s.Journal.Events(journal.Query{Account: "key-1"})
	for _, e := range list {
		if n := int(e.Seq) - 1; !strings.Contains(string(e.Body), fmt.Sprintf(`"e%d","pad":"%s`, n, strings.Repeat(string(rune('a'+n%26)), 100))) {
			t.Errorf("event %d was overwritten: %.80s", n, e.Body)
		}
	}
	if len(list) < 10 {
		t.Errorf("%d events are kept, want more", len(list))
	}
}
