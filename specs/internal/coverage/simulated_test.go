package coverage

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// The signs are those of real journals: requests of all kinds show every behavior that a
// recording can show.
func TestSigns_ofASimulator(t *testing.T) {
	t.Parallel()
	sim := simtest.Start(t)
	ctx := t.Context()
	limit := func(key string, l control.Limits) {
		t.Helper()
		if _, err := sim.Control.CreateKey(ctx, control.Key{APIKey: key, Limits: &l}); err != nil {
			t.Fatal(err)
		}
	}
	limit("free", control.Limits{})
	limit("rate", control.Limits{EventsPerSecond: new(1), WindowSeconds: new(1)})
	limit("quota", control.Limits{DailyQuota: new(1)})
	limit("project", control.Limits{ProjectRequestsPerSecond: new(1)})
	limit("failing", control.Limits{})
	if err := sim.Control.SilenceDevices(ctx, "free", "silent"); err != nil {
		t.Fatal(err)
	}
	for _, f := range []control.Fault{
		{Target: control.FaultTarget{APIKey: "failing"}, When: control.FaultWhen{First: 1}, Do: control.FaultAction{ServerError: &control.ServerErrorFault{}}},
		{Target: control.FaultTarget{APIKey: "failing"}, Do: control.FaultAction{WAF: &control.WAFFault{}}},
	} {
		if _, err := sim.Control.AddFault(ctx, f); err != nil {
			t.Fatal(err)
		}
	}
	const httpapi, batch, good = "/2/httpapi", "/batch", `{"device_id":"phone-1","event_type":"A"}`
	deep := strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50)
	for _, r := range []struct{ path, key, events string }{
		{httpapi, "free", good},
		{httpapi, "free", `{"user_id":"abc","event_type":"A"}`},
		{batch, "free", `{"user_id":"abc","device_id":"phone-1","event_type":"A"}`},
		{httpapi, "free", `{"user_id":123456,"event_type":"A"}`},
		{httpapi, "free", `{"user_id":"undefined","event_type":"A"}`},
		{httpapi, "free", `{"event_type":"A"}`},
		{httpapi, "free", `{"event_type":"$groupidentify"}`},
		{httpapi, "free", `{"user_id":" user-0001 ","event_type":"A"}`},
		{httpapi, "free", `3`},
		{httpapi, "free", good + `,{"device_id":"phone-1"},{"device_id":"phone-2"},{"user_id":"abc","event_type":"A"}`},
		{httpapi, "free", ``},
		{batch, "free", ``},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"A","time":"x"}`},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"A","user_id":null}`},
		{httpapi, "free", `{`},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"A","time":1767323045}`},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"[Amplitude] Revenue"}`},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"A","event_properties":3}`},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"A","event_properties":` + deep + `}`},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"A","event_properties":{"a":"` + strings.Repeat("x", 1025) + `"}}`},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"A","groups":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}}`},
		{httpapi, "free", `{"device_id":"phone-1","event_type":"A","event_properties":{"a":"` + strings.Repeat("x", 1<<20) + `"}}`},
		{batch, "free", strings.Repeat(good+",", 2000) + good},
		{httpapi, "free", `{"user_id":"user-0001","event_type":"A","insert_id":"a"},{"user_id":"user-0001","event_type":"A","insert_id":"a"}`},
		{httpapi, "free", `{"device_id":"silent","event_type":"A"}`},
		{httpapi, "unknown-key", good},
		{"/no/such/path", "free", good},
		{batch, "rate", `{"device_id":"phone-1","event_type":"A","insert_id":"a"},{"device_id":"phone-1","event_type":"A","insert_id":"a"}`},
		{httpapi, "rate", good + "," + good + `,{"device_id":"phone-2","event_type":"A"}`},
		{httpapi, "rate", `{"user_id":"user-0001","event_type":"A"},{"user_id":"user-0001","event_type":"A"}`},
		{httpapi, "quota", good + "," + good},
		{httpapi, "project", good},
		{httpapi, "project", good},
		{httpapi, "project", good},
		{httpapi, "failing", good},
		{httpapi, "failing", good},
	} {
		post(t, sim.URL+r.path, "application/json", fmt.Sprintf(`{"api_key":%q,"events":[%s]}`, r.key, r.events))
	}
	post(t, sim.URL+httpapi, "application/json", `{"events":[`+good+`]}`)
	form := "application/x-www-form-urlencoded"
	post(t, sim.URL+"/identify", form, `api_key=free&identification={"user_id":"user-0001","user_properties":{"a":1}}`)
	post(t, sim.URL+"/identify", form, "api_key=free&identification=3")

	packed(t, sim.URL+httpapi, fmt.Sprintf(`{"api_key":"free","events":[%s]}`, good))

	requests, err := sim.Control.AllRequests(ctx, control.Query{})
	if err != nil {
		t.Fatal(err)
	}
	events, err := sim.Control.AllEvents(ctx, control.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var table []Behavior
	for _, row := range simulator.Fidelity() {
		table = append(table, Behavior{Name: row.Name, Known: string(row.Known)})
	}
	want := slices.Sorted(maps.Keys(signs))
	want = slices.DeleteFunc(want, func(name string) bool { return name == "memory_bound" }) // takes very many devices
	if diff := cmp.Diff(want, names(Of(table, []Recording{{"all", requests, events}}, nil))); diff != "" {
		t.Errorf("met (-want +got):\n%s", diff)
	}

	// A good upload meets nothing but what every answer has.
	one := Recording{"one", requests[:1], events[:1]}
	if diff := cmp.Diff([]string{"answer_headers", "answer_newline"}, names(Of(table, []Recording{one}, nil))); diff != "" {
		t.Errorf("a good upload met (-want +got):\n%s", diff)
	}
}

// packed posts a body that is compressed.
func packed(t *testing.T, url, body string) {
	t.Helper()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, err := z.Write([]byte(body))
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	send(t, url, http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, &zipped)
}

func post(t *testing.T, url, contentType, body string) {
	t.Helper()
	send(t, url, http.Header{"Content-Type": {contentType}}, strings.NewReader(body))
}

func send(t *testing.T, url string, header http.Header, body io.Reader) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
}
