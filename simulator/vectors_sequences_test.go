package simulator_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// sequences are the vectors that take more than one request, or more than a body.
var sequences = []struct {
	numbers []int
	name    string
	play    func(*bench)
	limits  control.Limits
}{
	{[]int{25}, "value of 1025 characters", longValue, control.Limits{}},
	{[]int{26, 27, 28}, "sizes", sizes, control.Limits{}},
	{[]int{29, 30, 31}, "rate", rate, control.Limits{}},
	{[]int{32}, "rate of batches", rateOfBatch, control.Limits{}},
	{[]int{33}, "daily quota", dailyQuota, control.Limits{BatchEventsPerSecond: new(0)}},
	{[]int{34, 35, 36}, "insert_id", dedup, control.Limits{}},
	{[]int{37}, "silenced device", silenced, control.Limits{}},
	{[]int{38, 39}, "after a server error", serverErrors, control.Limits{}},
	{[]int{40}, "firewall", firewall, control.Limits{}},
	{[]int{41}, "gzip", compressed, control.Limits{}},
	{[]int{42, 43}, "identify", identify, control.Limits{}},
	{[]int{44}, "endpoint of old SDKs", oldEndpoint, control.Limits{}},
	{[]int{46, 47}, "imports by Braze", imported, control.Limits{}},
}

func TestVectors_sequences(t *testing.T) {
	t.Parallel()
	for _, s := range sequences {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.play(newBench(t, simulator.WithLimits(s.limits)))
		})
	}
}

// TestVectors_all counts the vectors: none is missing.
func TestVectors_all(t *testing.T) {
	t.Parallel()
	var played []int
	for _, v := range vectors {
		played = append(played, v.number)
	}
	for _, s := range sequences {
		played = append(played, s.numbers...)
	}
	for n := 1; n <= 47; n++ {
		if !slices.Contains(played, n) {
			t.Errorf("vector %d is not played", n)
		}
	}
}

func longValue(b *bench) {
	b.want(200, "", "/2/httpapi", `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1","event_properties":{"p":"`+strings.Repeat("x", 1025)+`"}}]}`)
	want := `{"user_id":"user-0001","event_type":"e1","event_properties":{"p":"` + strings.Repeat("x", 1024) + `"}}`
	if got := b.events(control.Query{}); len(got) != 1 || string(got[0].Stored) != want {
		b.t.Errorf("events %+v, want one with 1024 characters stored", got)
	}
}

// serverErrors retries after a 503, which took nothing, and after a 500 that took the
// event: with an insert_id it is stored once, without one twice.
func serverErrors(b *bench) {
	const with, without = `{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1","insert_id":"i-1"}]}`, oneEvent
	for _, c := range []struct {
		fault       control.ServerErrorFault
		body        string
		first       string
		stored, dup uint64
	}{
		{control.ServerErrorFault{Status: 503}, without, `{"code":503,"error":"Service Unavailable"}`, 1, 0},
		{control.ServerErrorFault{Taken: new(1.0)}, without, `{"code":500,"error":"Internal Server Error"}`, 2, 0},
		{control.ServerErrorFault{Taken: new(1.0)}, with, `{"code":500,"error":"Internal Server Error"}`, 1, 1},
	} {
		try(b.control.AddFault(context.Background(), control.Fault{When: control.FaultWhen{First: 1}, Do: control.FaultAction{ServerError: &c.fault}})).or(b.t)
		status := max(500, c.fault.Status)
		b.want(status, c.first, "/2/httpapi", c.body)
		b.want(200, accepted(1, len(withKey(c.body))), "/2/httpapi", c.body)
		l := try(b.control.Ledger(context.Background(), testKey)).or(b.t)
		if l.Outcomes[control.Accepted] != c.stored || l.Outcomes[control.Duplicate] != c.dup {
			b.t.Errorf("after %d and a retry of %s: ledger %+v, want %d stored and %d duplicates", status, c.body, l, c.stored, c.dup)
		}
		if err := b.control.Reset(context.Background(), testKey); err != nil {
			b.t.Fatal(err)
		}
	}
}

func firewall(b *bench) {
	try(b.control.AddFault(context.Background(), control.Fault{Do: control.FaultAction{WAF: &control.WAFFault{}}})).or(b.t)
	b.want(403, `{"code":403,"error":"Forbidden"}`, "/2/httpapi", oneEvent)
}

func compressed(b *bench) {
	zipped := gzipped(b.t, withKey(`{"api_key":"K","events":[{"user_id":"user-0001","event_type":"e1"}]}`))
	status, answer := b.send(http.MethodPost, "/2/httpapi", zipped, http.Header{"Content-Encoding": {"gzip"}})
	if status != 200 || answer != accepted(1, 99)+"\n" {
		b.t.Errorf("gzipped upload: got %d %s, want 200 %s", status, answer, accepted(1, 99))
	}
}

func identify(b *bench) {
	const calls = `[{"user_id":"user-0001","user_properties":{"$set":{"a":1}}}]`
	for _, c := range []struct {
		form   url.Values
		status int
		answer string
	}{
		{url.Values{"api_key": {testKey}, "identification": {calls}}, 200, "success"},
		{url.Values{"api_key": {testKey}}, 400, "missing_event"},
	} {
		status, answer := b.send(http.MethodPost, "/identify", []byte(c.form.Encode()), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
		if status != c.status || answer != c.answer {
			b.t.Errorf("POST /identify %v: got %d %s, want %d %s", c.form, status, answer, c.status, c.answer)
		}
	}
	if l := try(b.control.Ledger(context.Background(), testKey)).or(b.t); l.Requests != 2 || l.Events != 0 {
		b.t.Errorf("ledger %+v, want 2 requests and no events", l)
	}
}

func oldEndpoint(b *bench) {
	if status, answer := b.post("/", oneEvent); status != 400 || answer != "missing_event" {
		b.t.Errorf("POST /: got %d %s, want 400 missing_event", status, answer)
	}
}

// imported sends too many ids, and then too good a guess at the secret.
func imported(b *bench) {
	if err := b.control.DefineBrazeWorkspace(context.Background(), control.BrazeWorkspace{Name: "w", PartnerAPIKey: "PK", ClientSecret: "CS"}); err != nil {
		b.t.Fatal(err)
	}
	const head = `{"partner_api_key":"PK","cohort_id":"c","client_secret":`
	many := strings.TrimSuffix(strings.Repeat(`"u",`, 1001), ",")
	b.want(400, `{"message":"cohort_changes must not hold more than 1,000 ids in one request"}`, "/partners/amplitude/cohorts/users", head+`"CS","cohort_changes":[{"user_ids":[`+many+`]}]}`)
	b.want(401, `{"message":"Invalid client secret"}`, "/partners/amplitude/cohorts/users", head+`"cs","cohort_changes":[{"user_ids":["u"]}]}`)
}
