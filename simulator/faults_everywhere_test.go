package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// TestFaults_hitEverything puts a firewall in front of everything, as it stands in
// reality: paths that are none, wrong methods, wrong types and broken bodies meet it,
// too. One that is aimed at an endpoint or a key hits nothing else.
func TestFaults_hitEverything(t *testing.T) {
	t.Parallel()
	plain, zipped := http.Header{"Content-Type": {"text/plain"}}, http.Header{"Content-Encoding": {"gzip"}}
	const json, form = "application/json", "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		method, path, body string
		header             http.Header
		want               int // without the fault
		target             control.FaultTarget
	}{
		"unknown path":       {"POST", "/httpapi", oneEvent, nil, 400, control.FaultTarget{Endpoint: "/httpapi"}},
		"root":               {"POST", "/", "", nil, 400, control.FaultTarget{Endpoint: "/"}},
		"wrong method":       {"GET", "/2/httpapi", "", nil, 400, control.FaultTarget{Endpoint: "/2/httpapi"}},
		"wrong type":         {"POST", "/2/httpapi", oneEvent, plain, 400, control.FaultTarget{Endpoint: "/2/httpapi"}},
		"no gzip":            {"POST", "/batch", oneEvent, zipped, 400, control.FaultTarget{Endpoint: "/batch"}},
		"no gzip of a form":  {"POST", "/identify", "api_key=K", zipped, 400, control.FaultTarget{Endpoint: "/identify"}},
		"upload":             {"POST", "/2/httpapi", oneEvent, http.Header{"Content-Type": {json}}, 200, control.FaultTarget{APIKey: testKey}},
		"identify of nobody": {"POST", "/identify", "api_key=" + testKey, http.Header{"Content-Type": {form}}, 400, control.FaultTarget{APIKey: testKey}},
	} {
		for fault, want := range map[*control.FaultTarget]int{
			{}: 403, &c.target: 403, {Endpoint: "/groupidentify"}: c.want, {DeviceID: "device-7"}: c.want,
		} {
			b := newBench(t, simulator.WithBehavior("content_type", "json"))
			try(b.control.AddFault(t.Context(), control.Fault{Target: *fault, Do: control.FaultAction{WAF: &control.WAFFault{}}})).or(t)
			if status, answer := b.send(c.method, c.path, []byte(withKey(c.body)), c.header); status != want {
				t.Errorf("%s with a fault aimed at %+v: got %d %s, want %d", name, *fault, status, answer, want)
			}
			r := try(b.control.Requests(t.Context(), control.Query{})).or(t)
			if len(r) != 1 || r[0].Status != want || (r[0].Reason == "fault_waf") != (want == 403) {
				t.Errorf("%s with a fault aimed at %+v: journal %+v, want one request with %d", name, *fault, r, want)
			}
		}
	}
}

// TestFaults_hitWhatIsNotJournaled puts a firewall in front of what leaves no trace in the
// journal: preflights, and the simulated Braze with all that it turns away itself.
func TestFaults_hitWhatIsNotJournaled(t *testing.T) {
	t.Parallel()
	const cohorts = "/partners/amplitude/cohorts"
	for name, c := range map[string]struct {
		method, path, body string
		want               int // without the fault
	}{
		"preflight":             {"OPTIONS", "/2/httpapi", "", 204},
		"import":                {"POST", cohorts, `{}`, 401},
		"import that is huge":   {"POST", cohorts, strings.Repeat("x", 3<<20), 413},
		"import by GET":         {"GET", cohorts, "", 405},
		"unknown partner path":  {"POST", "/partners/amplitude/nothing", `{}`, 404},
		"unknown partner":       {"POST", "/partners/somebody/cohorts", `{}`, 404},
		"partners without name": {"GET", "/partners/", "", 404},
	} {
		for fault, want := range map[control.FaultTarget]int{{}: 403, {Endpoint: c.path}: 403, {Endpoint: "/batch"}: c.want, {APIKey: testKey}: c.want} {
			b := newBench(t)
			try(b.control.AddFault(t.Context(), control.Fault{Target: fault, Do: control.FaultAction{WAF: &control.WAFFault{}}})).or(t)
			if status, answer := b.send(c.method, c.path, []byte(c.body), nil); status != want {
				t.Errorf("%s with a fault aimed at %+v: got %d %s, want %d", name, fault, status, answer, want)
			}
		}
	}
}

// TestRetryAfter wants the header with every 429 and 503 if it is switched on, whatever
// the endpoint.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithBehavior("retry_after", "present"))
	for path, waits := range map[string][2]string{
		"/2/httpapi": {"30", "1"}, "/batch": {"15", "1"}, "/identify": {"30", "1"}, "/groupidentify": {"30", "1"}, "/nothing": {"30", "1"},
	} {
		for i, status := range []int{429, 503} {
			fault := try(b.control.AddFault(t.Context(), control.Fault{Do: control.FaultAction{Status: &control.StatusFault{Status: status}}})).or(t)
			w := httptest.NewRecorder()
			b.handler.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(withKey(oneEvent))))
			if got := w.Header().Get("Retry-After"); w.Code != status || got != waits[i] {
				t.Errorf("%s: got %d with Retry-After %q, want %d with %q", path, w.Code, got, status, waits[i])
			}
			if err := b.control.DeleteFault(t.Context(), fault.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}
