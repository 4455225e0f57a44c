package simulator_test

import (
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// TestBatchOfTooManyEvents uploads a body full of tiny events, of which only the first
// are kept: all are counted, as what they were answered.
func TestBatchOfTooManyEvents(t *testing.T) {
	t.Parallel()
	const sent = 1_000_000
	body := `{"api_key":"K","events":[` + strings.Repeat("0,", sent-1) + "0]}"
	for name, c := range map[string]struct {
		fault   *control.FaultAction
		outcome control.Outcome
		reason  string
		status  int
		answer  string
	}{
		"refused": {nil, control.Rejected, "rejected/too_many_events", 413, `{"code":413,"error":"Payload too large"}`},
		"faulted": {&control.FaultAction{WAF: &control.WAFFault{}}, control.Faulted, "faulted/fault_waf", 403, ""},
	} {
		b := newBench(t)
		if c.fault != nil {
			try(b.control.AddFault(t.Context(), control.Fault{Do: *c.fault})).or(t)
		}
		b.want(c.status, c.answer, "/batch", body)
		l := try(b.control.Ledger(t.Context(), testKey)).or(t)
		if l.Events != sent || l.Outcomes[c.outcome] != sent || l.Reasons[c.reason] != sent || l.EvictedEvents == 0 {
			t.Errorf("%s: ledger %+v, want %d events %s, of which not all can be found", name, l, sent, c.outcome)
		}
		if r := try(b.control.Requests(t.Context(), control.Query{})).or(t); len(r) != 1 || r[0].Events != sent {
			t.Errorf("%s: requests %+v, want one with %d events", name, r, sent)
		}
	}
}

// TestUnknownKeysTakeNoMemory queries and uploads with many keys that were never
// created, and looks at what is left of them.
func TestUnknownKeysTakeNoMemory(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithJournalBytes(0))
	for i := range 1000 {
		key := strings.Repeat("k", i%130)
		b.send("GET", "/_admin/ledger/typo"+key+"?events=1", nil, nil)
		b.want(400, "", "/2/httpapi", strings.Replace(oneEvent, "K", "typo"+key, 1))
	}
	if s := try(b.control.State(t.Context())).or(t); s.Projects != 0 {
		t.Errorf("state %+v, want no projects", s)
	}
	status, metrics := b.send("GET", "/metrics", nil, nil)
	if want := `amplitude_simulator_events_total{outcome="rejected",reason="invalid_api_key"} 1000`; status != 200 || !strings.Contains(metrics, want) {
		t.Errorf("metrics: got %d, want %s in it", status, want)
	}
}
