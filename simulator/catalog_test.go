package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/openapi"
)

// needed are the members that a body must have besides the one that is tried.
var needed = map[string]string{
	"addFault when.ramp":       `{"when":{"ramp":{"from":0,"to":1,"seconds":1}},"do":{"waf":{}}}`,
	"addFault when":            `{"do":{"waf":{}}}`,
	"addFault ttl_seconds":     `{"do":{"waf":{}}}`,
	"addFault do.status":       `{"do":{"status":{"status":500}}}`,
	"addFault do.server_error": `{"do":{"server_error":{}}}`,
	"addFault do.latency":      `{"do":{"latency":{"max_seconds":3600}}}`,
}

// bodyFor is a valid body of a control with one value set.
func bodyFor(t *testing.T, c control.Control, field string, value any) string {
	t.Helper()
	body := map[string]any{}
	best := ""
	for prefix := range needed {
		if strings.HasPrefix(c.Name+" "+field, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	if best != "" {
		if err := json.Unmarshal([]byte(needed[best]), &body); err != nil {
			t.Fatal(err)
		}
	}
	at, names := body, strings.Split(field, ".")
	for _, name := range names[:len(names)-1] {
		if _, ok := at[name].(map[string]any); !ok {
			at[name] = map[string]any{}
		}
		at = at[name].(map[string]any)
	}
	at[names[len(names)-1]] = value
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestCatalog_ranges sends the ends of every range in the catalog, which must be taken, and
// what lies just outside of them, which must not.
func TestCatalog_ranges(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, c := range openapi.Catalog() {
		for _, f := range c.Fields {
			if f.In != "body" {
				continue
			}
			try := func(value any, want bool) {
				t.Helper()
				tried++
				sim, err := simulator.New(simulator.WithKey("key-1"), simulator.WithFrozenClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
				if err != nil {
					t.Fatal(err)
				}
				defer sim.Close()
				body := bodyFor(t, c, f.Name, value)
				w := httptest.NewRecorder()
				sim.ServeHTTP(w, httptest.NewRequest(c.Method, strings.ReplaceAll(c.Path, "{key}", "key-1"), strings.NewReader(body)))
				if got := w.Code/100 == 2; got != want || w.Code >= http.StatusInternalServerError {
					t.Errorf("%s with %s: answered %d %s, want it taken: %t", c.Name, body, w.Code, w.Body, want)
				}
			}
			if f.Max != nil && c.Name != "advanceClock" { // the clock ends before its longest step
				try(*f.Max, true)
			}
			if f.Max != nil {
				try(*f.Max+1, false)
			}
			if f.Min != nil {
				try(*f.Min, true)
				try(*f.Min-1, false)
			}
			if f.Above != nil {
				try(*f.Above, false)
			}
			if len(f.Values) > 0 && f.Type == "string" && c.Name != "defineCohort" { // which has several that belong together
				for _, value := range f.Values {
					if value != "uniform" && value != "lognormal" { // which ask for more
						try(value, true)
					}
				}
				try("none-of-them", false)
			}
			if len(f.Values) > 0 && f.Type == "integer" {
				for _, value := range f.Values {
					try(json.Number(value), true)
				}
				try(501, false)
			}
			switch f.Type {
			case "integer", "number", "boolean":
				try("text", false)
			case "string":
				try(7, false)
			case "string[]":
				try("text", false)
			}
		}
	}
	if tried < 150 {
		t.Errorf("%d values were tried, want those of all fields", tried)
	}
}
