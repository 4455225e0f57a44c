package exporter_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/exporter"
	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// Every case of the fixtures, in every shape, becomes the event it must become,
// and the ledger counts the rest.
func TestExporter_everyCaseInEveryShape(t *testing.T) {
	t.Parallel()
	set, err := fixtures.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, shape := range []struct {
		name string
		feed func(t *testing.T, x *exporter.Exporter, cases []fixtures.Case)
	}{
		{"ndjson", exportNDJSON(fixtures.Case.Storage)},
		{"ndjson with avro wrappers", exportNDJSON(fixtures.Case.AvroJSON)},
		{"json", exportJSON},
		{"custom http", postAll},
	} {
		t.Run(shape.name, func(t *testing.T) {
			t.Parallel()
			sim := simtest.Start(t)
			x := start(t, exporter.Config{URL: sim.URL, APIKey: sim.Key})
			shape.feed(t, x, set.Cases)
			compare(t, sim, x, set.Cases)
		})
	}
}

func start(t *testing.T, cfg exporter.Config) *exporter.Exporter {
	t.Helper()
	x, err := exporter.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func exportNDJSON(shape func(fixtures.Case) json.RawMessage) func(*testing.T, *exporter.Exporter, []fixtures.Case) {
	return func(t *testing.T, x *exporter.Exporter, cases []fixtures.Case) {
		t.Helper()
		var lines bytes.Buffer
		for _, c := range cases {
			lines.Write(shape(c))
			lines.WriteByte('\n')
		}
		if err := x.Export(t.Context(), exporter.NDJSON("cases", &lines)); err != nil {
			t.Fatal(err)
		}
	}
}

// exportJSON writes an indented .json file for every type.
func exportJSON(t *testing.T, x *exporter.Exporter, cases []fixtures.Case) {
	t.Helper()
	dir := t.TempDir()
	byType := map[string][]json.RawMessage{}
	for _, c := range cases {
		byType[c.EventType] = append(byType[c.EventType], c.Storage())
	}
	for name, records := range byType {
		text, err := json.MarshalIndent(records, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	inputs, err := exporter.Paths(nil, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Export(t.Context(), inputs...); err != nil {
		t.Fatal(err)
	}
}

// postAll posts some events alone and the rest by the hundred.
func postAll(t *testing.T, x *exporter.Exporter, cases []fixtures.Case) {
	t.Helper()
	stop := running(t, x)
	for len(cases) > 0 {
		n := min(1, len(cases))
		body := string(cases[0].CustomHTTP())
		if len(cases)%2 == 0 {
			n = min(100, len(cases))
			var bodies []string
			for _, c := range cases[:n] {
				bodies = append(bodies, string(c.CustomHTTP()))
			}
			body = `{"events":[` + strings.Join(bodies, ",") + `]}`
		}
		if got := post(t, x, body); got.Code != http.StatusOK {
			t.Fatalf("post: %d %s", got.Code, got.Body)
		}
		cases = cases[n:]
	}
	if _, err := x.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
}

func post(t *testing.T, x *exporter.Exporter, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	x.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/events", strings.NewReader(body)))
	return w
}

// compare holds the journal and the ledger against the expectations.
func compare(t *testing.T, sim *simtest.Server, x *exporter.Exporter, cases []fixtures.Case) {
	t.Helper()
	got := journal(t, sim)
	want := exporter.Ledger{Dropped: map[string]int64{}, DeadLettered: map[string]int64{}, Faults: map[string]int64{}}
	for _, c := range cases {
		want.Read++
		for _, fault := range c.Expect.Faults {
			want.Faults[fault]++
		}
		if !c.Expect.Sent() {
			want.Dropped[c.Expect.Dropped]++
			if c.Expect.Dropped == "not_exported" {
				want.Add(exporter.Ledger{NotExported: map[string]int64{c.EventType: 1}})
			}
			if body, sent := got[c.ID()]; sent {
				t.Errorf("%s: sent %s, want it dropped as %s", c.Path(), body, c.Expect.Dropped)
			}
			continue
		}
		want.Accepted++
		if diff := cmp.Diff(decode(t, c.Expect.Amplitude), decode(t, got[c.ID()])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.Path(), diff)
		}
	}
	if diff := cmp.Diff(want, x.Ledger()); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
}

// journal returns the accepted events by insert_id, each exactly once.
func journal(t *testing.T, sim *simtest.Server) map[string]json.RawMessage {
	t.Helper()
	events, err := sim.Control.AllEvents(t.Context(), control.Query{APIKey: sim.Key})
	if err != nil {
		t.Fatal(err)
	}
	accepted := map[string]json.RawMessage{}
	for _, e := range events {
		switch {
		case e.Outcome == control.Duplicate || e.Outcome == control.Accepted && accepted[e.InsertID] != nil:
			t.Errorf("event %q was delivered twice", e.InsertID)
		case e.Outcome == control.Accepted:
			accepted[e.InsertID] = e.Body
		}
	}
	return accepted
}

func decode(t *testing.T, text json.RawMessage) any {
	t.Helper()
	if len(text) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	return v
}
