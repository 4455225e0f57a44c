package simulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// faulty is a simulator behind a real connection, with one fault in it.
func faulty(t *testing.T, faults ...control.Fault) *simtest.Server {
	t.Helper()
	sim := simtest.Start(t, simtest.FrozenAt(testStart))
	if _, err := sim.Control.SetFaults(t.Context(), sim.Key, faults); err != nil {
		t.Fatal(err)
	}
	return sim
}

type reply struct {
	status int
	body   string
	err    error
	took   time.Duration
}

func upload1(ctx context.Context, sim *simtest.Server, insertID string) reply {
	body := fmt.Sprintf(`{"api_key":%q,"events":[{"device_id":"device-1","event_type":"e1","insert_id":%q}]}`, sim.Key, insertID)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sim.URL+"/2/httpapi", strings.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	// A fresh connection each, or net/http would repeat the request after a reset.
	req.Close = true
	began := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, string(text), err, time.Since(began)}
}

// outcomes are the journal's words for the single event of every request.
func outcomes(t *testing.T, sim *simtest.Server) (list []string) {
	t.Helper()
	events, err := sim.Control.AllEvents(t.Context(), control.Query{APIKey: sim.Key})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		list = append(list, strings.TrimRight(string(e.Outcome)+"/"+e.Reason, "/"))
	}
	return list
}

func requests(t *testing.T, sim *simtest.Server) (list []string) {
	t.Helper()
	all, err := sim.Control.AllRequests(t.Context(), control.Query{APIKey: sim.Key})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Reason)))
	}
	return list
}

func TestFaults_answers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		do      control.FaultAction
		status  int
		body    string
		err     error
		event   string
		request string
	}{
		{
			"status",
			control.FaultAction{Status: &control.StatusFault{Status: 429}},
			429,
			`{"code":429,"error":"Too Many Requests"}` + "\n", nil, "faulted/fault_status", "429 fault_status",
		},
		{
			"503",
			control.FaultAction{ServerError: &control.ServerErrorFault{Status: 503}},
			503,
			`{"code":503,"error":"Service Unavailable"}` + "\n", nil, "faulted/fault_server_error", "503 fault_server_error",
		},
		{
			"500 taken",
			control.FaultAction{ServerError: &control.ServerErrorFault{Taken: new(1.0)}},
			500,
			`{"code":500,"error":"Internal Server Error"}` + "\n", nil, "accepted", "500 fault_server_error",
		},
		{
			"waf",
			control.FaultAction{WAF: &control.WAFFault{}},
			403,
			`{"code":403,"error":"Forbidden"}` + "\n", nil, "faulted/fault_waf", "403 fault_waf",
		},
		{"reset", control.FaultAction{Reset: &control.ResetFault{}}, 0, "", syscall.ECONNRESET, "faulted/fault_reset", "0 fault_reset"},
		{"reset taken", control.FaultAction{Reset: &control.ResetFault{Taken: 1}}, 0, "", syscall.ECONNRESET, "accepted", "0 fault_reset"},
		{
			"empty reply",
			control.FaultAction{EmptyReply: &control.EmptyReplyFault{}},
			0, "", io.EOF,
			"faulted/fault_empty_reply", "0 fault_empty_reply",
		},
		{
			"truncate",
			control.FaultAction{Truncate: &control.TruncateFault{Bytes: new(5)}},
			200, `{"cod`, io.ErrUnexpectedEOF,
			"accepted", "200 fault_truncate",
		},
		{
			"truncate to nothing",
			control.FaultAction{Truncate: &control.TruncateFault{Bytes: new(0)}},
			200, "", io.ErrUnexpectedEOF,
			"accepted", "200 fault_truncate",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sim := faulty(t, control.Fault{Do: c.do})
			got := upload1(t.Context(), sim, "i-1")
			if got.status != c.status || got.body != c.body || !errors.Is(got.err, c.err) {
				t.Errorf("got %d %q, error %v, want %d %q, error %v", got.status, got.body, got.err, c.status, c.body, c.err)
			}
			if diff := cmp.Diff([]string{c.event}, outcomes(t, sim)); diff != "" {
				t.Errorf("events of the journal (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{c.request}, requests(t, sim)); diff != "" {
				t.Errorf("requests of the journal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaults_trueAnswersLate(t *testing.T) {
	t.Parallel()
	const want = `{"code":200,"events_ingested":1,"payload_size_bytes":118,"server_upload_time":1772600767000}` + "\n"
	for _, c := range []struct {
		name  string
		do    control.FaultAction
		least time.Duration
	}{
		{"latency", control.FaultAction{Latency: &control.LatencyFault{Delay: control.Seconds(0.05)}}, 50 * time.Millisecond},
		{"dribble", control.FaultAction{Dribble: &control.DribbleFault{ChunkBytes: 20, Pause: control.Seconds(0.01)}}, 50 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sim := faulty(t, control.Fault{Do: c.do})
			got := upload1(t.Context(), sim, "i-1")
			if got.status != 200 || got.body != want || got.err != nil || got.took < c.least {
				t.Errorf("got %d %q, error %v, after %v, want %q after %v or more", got.status, got.body, got.err, got.took, want, c.least)
			}
			if diff := cmp.Diff([]string{"200"}, requests(t, sim)); diff != "" {
				t.Errorf("requests of the journal (-want +got):\n%s", diff)
			}
		})
	}
}

// A client that gives up waiting has been served all the same.
func TestFaults_clientGivesUp(t *testing.T) {
	t.Parallel()
	sim := faulty(t, control.Fault{Do: control.FaultAction{Latency: &control.LatencyFault{Delay: control.Seconds(60)}}})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if got := upload1(ctx, sim, "i-1"); !errors.Is(got.err, context.DeadlineExceeded) {
		t.Errorf("got %+v, want the client to give up", got)
	}
	if _, err := sim.Control.Await(t.Context(), sim.Key, control.Until{Settled: 1}); err != nil {
		t.Error(err)
	}
}

func TestFaults_garbage(t *testing.T) {
	t.Parallel()
	sim := faulty(t, control.Fault{Do: control.FaultAction{Garbage: &control.GarbageFault{}}})
	got := upload1(t.Context(), sim, "i-1")
	if got.status != 200 || len(got.body) != 64 || json.Valid([]byte(got.body)) {
		t.Errorf("got %d %q, want 200 with 64 bytes that are no JSON", got.status, got.body)
	}
	if diff := cmp.Diff([]string{"accepted"}, outcomes(t, sim)); diff != "" {
		t.Errorf("events of the journal (-want +got):\n%s", diff)
	}
}

// After a 500 that was taken, a retry makes a duplicate if the event has no
// insert_id; after a 503 it never does.
func TestFaults_retry(t *testing.T) {
	t.Parallel()
	once := control.FaultWhen{First: 1}
	for _, c := range []struct {
		name, insertID string
		fault          control.ServerErrorFault
		want           []string
	}{
		{"503", "", control.ServerErrorFault{Status: 503}, []string{"faulted/fault_server_error", "accepted"}},
		{"500 taken, no insert_id", "", control.ServerErrorFault{Taken: new(1.0)}, []string{"accepted", "accepted"}},
		{"500 taken, insert_id", "i-1", control.ServerErrorFault{Taken: new(1.0)}, []string{"accepted", "duplicate/insert_id"}},
		{"500 not taken, insert_id", "i-1", control.ServerErrorFault{Taken: new(0.0)}, []string{"faulted/fault_server_error", "accepted"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sim := faulty(t, control.Fault{When: once, Do: control.FaultAction{ServerError: &c.fault}})
			if first, second := upload1(t.Context(), sim, c.insertID), upload1(t.Context(), sim, c.insertID); first.status/100 != 5 || second.status != 200 {
				t.Errorf("got %+v, then %+v, want 5xx, then 200", first, second)
			}
			if diff := cmp.Diff(c.want, outcomes(t, sim)); diff != "" {
				t.Errorf("events of the journal (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever fails, and in whatever order: every event sent is in the ledger once.
func TestFaults_ledgerAddsUp(t *testing.T) {
	t.Parallel()
	sim := faulty(t,
		control.Fault{When: control.FaultWhen{Probability: new(0.3)}, Do: control.FaultAction{ServerError: &control.ServerErrorFault{}}},
		control.Fault{When: control.FaultWhen{Probability: new(0.2)}, Do: control.FaultAction{Reset: &control.ResetFault{Taken: 0.5}}},
		control.Fault{When: control.FaultWhen{Every: 5}, Do: control.FaultAction{Truncate: &control.TruncateFault{}}})
	var wg sync.WaitGroup
	const senders, each = 4, 25
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				upload1(t.Context(), sim, fmt.Sprintf("i-%d-%d", sender, i))
			}
		})
	}
	wg.Wait()
	ledger, err := sim.Control.Await(t.Context(), sim.Key, control.Until{Requests: senders * each})
	if err != nil {
		t.Fatal(err)
	}
	var byOutcome, byStatus uint64
	for n := range maps.Values(ledger.Outcomes) {
		byOutcome += n
	}
	for n := range maps.Values(ledger.Statuses) {
		byStatus += n
	}
	if ledger.Requests != 100 || ledger.Events != 100 || byOutcome != 100 || byStatus != 100 {
		t.Errorf("100 requests with an event each: ledger %+v", ledger)
	}
	if ledger.Outcomes[control.Faulted] == 0 || ledger.Settled() <= ledger.Statuses[200] {
		t.Errorf("ledger %+v, want faulted events, and more settled ones than answers of 200", ledger)
	}
}

func TestFaults_outageOnTheClock(t *testing.T) {
	t.Parallel()
	from, to := testStart.Add(time.Minute), testStart.Add(2*time.Minute)
	sim := faulty(t, control.Fault{When: control.FaultWhen{From: &from, To: &to}, Do: control.FaultAction{ServerError: &control.ServerErrorFault{Status: 503}}})
	var got []int
	for range 4 {
		got = append(got, upload1(t.Context(), sim, "").status)
		if _, err := sim.Control.AdvanceClock(t.Context(), 30*time.Second); err != nil {
			t.Fatal(err)
		}
	}
	got = append(got, upload1(t.Context(), sim, "").status)
	if diff := cmp.Diff([]int{200, 200, 503, 503, 200}, got); diff != "" {
		t.Errorf("answers half a minute apart (-want +got):\n%s", diff)
	}
}

// HTTP/2 has no connection to take over: the stream is reset instead.
func TestFaults_http2(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.WithKey(testKey))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	server := httptest.NewUnstartedServer(sim)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	c := control.New(server.URL, control.WithHTTPClient(server.Client()))
	for _, do := range []control.FaultAction{
		{Reset: &control.ResetFault{Taken: 1}}, {EmptyReply: &control.EmptyReplyFault{Taken: 1}}, {Truncate: &control.TruncateFault{}},
	} {
		try(c.SetFaults(t.Context(), testKey, []control.Fault{{Do: do}})).or(t)
		resp, err := server.Client().Post(server.URL+"/batch", "application/json", strings.NewReader(withKey(oneEvent)))
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		}
		if err == nil {
			t.Errorf("%+v: the client sees no error", do)
		}
	}
	if ledger := try(c.Ledger(t.Context(), testKey)).or(t); ledger.Settled() != 3 {
		t.Errorf("ledger %+v, want 3 events settled", ledger)
	}
}
