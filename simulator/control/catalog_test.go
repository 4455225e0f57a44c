package control_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// callsOf are the methods of the client by the controls that they call, with arguments in
// which every field is set.
var callsOf = map[string]func(context.Context, *control.Client) error{
	"createKey": func(ctx context.Context, c *control.Client) error {
		_, err := c.CreateKey(ctx, control.Key{
			APIKey: "k", Region: "us", NotBefore: &noon, ExpiresAt: &noon, RevokedAt: &noon, Limits: &everyLimit, Project: "p", Organization: "o",
		})
		return err
	},
	"expireKey": func(ctx context.Context, c *control.Client) error { _, err := c.ExpireKey(ctx, "k", noon); return err },
	"renewKey":  func(ctx context.Context, c *control.Client) error { _, err := c.RenewKey(ctx, "k"); return err },
	"revokeKey": func(ctx context.Context, c *control.Client) error { _, err := c.RevokeKey(ctx, "k"); return err },
	"rotateKey": func(ctx context.Context, c *control.Client) error {
		_, err := c.RotateKey(ctx, "k", control.Rotation{NewKey: "n", Overlap: 1})
		return err
	},
	"setLimits":    func(ctx context.Context, c *control.Client) error { return c.SetLimits(ctx, "k", everyLimit) },
	"silence":      func(ctx context.Context, c *control.Client) error { return c.SilenceDevices(ctx, "k", "d") },
	"setClock":     func(ctx context.Context, c *control.Client) error { _, err := c.SetClock(ctx, noon); return err },
	"advanceClock": func(ctx context.Context, c *control.Client) error { _, err := c.AdvanceClock(ctx, 1); return err },
	"freezeClock":  func(ctx context.Context, c *control.Client) error { _, err := c.FreezeClock(ctx); return err },
	"scaleClock":   func(ctx context.Context, c *control.Client) error { _, err := c.ScaleClock(ctx, 2); return err },
	"resetClock":   func(ctx context.Context, c *control.Client) error { _, err := c.ResetClock(ctx); return err },
	"replaceFaults": func(ctx context.Context, c *control.Client) error {
		_, err := c.SetFaults(ctx, "k", []control.Fault{everyFault})
		return err
	},
	"addFault":    func(ctx context.Context, c *control.Client) error { _, err := c.AddFault(ctx, everyFault); return err },
	"clearFaults": func(ctx context.Context, c *control.Client) error { return c.ClearFaults(ctx, "k") },
	"deleteFault": func(ctx context.Context, c *control.Client) error { return c.DeleteFault(ctx, "id") },
	"defineCohort": func(ctx context.Context, c *control.Client) error {
		_, err := c.DefineCohort(ctx, control.Cohort{
			ID: "id", Name: "n", APIKey: "k", UserIDs: []string{"u"}, DeviceIDs: []string{"d"},
			Sync: &control.CohortSync{URL: "u", PartnerAPIKey: "p", ClientSecret: "s", Cadence: control.Once},
		})
		return err
	},
	"deleteCohort": func(ctx context.Context, c *control.Client) error { return c.DeleteCohort(ctx, "id") },
	"changeCohort": func(ctx context.Context, c *control.Client) error {
		ids := []string{"i"}
		_, err := c.ChangeCohort(ctx, "id", control.CohortChange{AddUserIDs: ids, AddDeviceIDs: ids, RemoveUserIDs: ids, RemoveDeviceIDs: ids})
		return err
	},
	"syncCohort": func(ctx context.Context, c *control.Client) error { _, err := c.SyncCohort(ctx, "id"); return err },
	"defineWorkspace": func(ctx context.Context, c *control.Client) error {
		return c.DefineBrazeWorkspace(ctx, control.BrazeWorkspace{Name: "name", PartnerAPIKey: "p", ClientSecret: "s", Disabled: true, Locked: true})
	},
	"deleteWorkspace": func(ctx context.Context, c *control.Client) error { return c.DeleteBrazeWorkspace(ctx, "name") },
	"reset":           func(ctx context.Context, c *control.Client) error { return c.ResetArea(ctx, control.AreaJournal, "k") },
}

var (
	noon       = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	one        = 1
	half       = 0.5
	yes        = true
	everyLimit = control.Limits{
		Profile: control.Strict, EventsPerSecond: &one, BatchEventsPerSecond: &one, WindowSeconds: &one, DailyQuota: &one,
		QuotaStepSeconds: &one, Users: &yes, ProjectEventsPerSecond: &one, ProjectRequestsPerSecond: &one,
	}
	everyFault = control.Fault{
		ID: "id", Target: control.FaultTarget{APIKey: "k", Endpoint: "/", DeviceID: "d", EventType: "t"},
		When: control.FaultWhen{Probability: &half, Ramp: &control.FaultRamp{}, First: 1, Every: 1, From: &noon, To: &noon},
		Do: control.FaultAction{
			Status:      &control.StatusFault{Status: 500, Format: control.FormatText, Body: "b", Headers: map[string]string{"H": "v"}, Taken: half},
			ServerError: &control.ServerErrorFault{Status: 500, Format: control.FormatText, Taken: &half},
			WAF:         &control.WAFFault{Format: control.FormatText},
			Latency:     &control.LatencyFault{Distribution: control.Normal, Delay: 1, Spread: 1, Min: 1, Max: 1},
			Reset:       &control.ResetFault{Taken: half}, EmptyReply: &control.EmptyReplyFault{Taken: half},
			Truncate: &control.TruncateFault{Bytes: &one}, Garbage: &control.GarbageFault{Bytes: 1},
			Dribble: &control.DribbleFault{ChunkBytes: 1, Pause: 1},
		},
		TTL: 1, Seed: 1,
	}
)

// TestCatalog holds the client against the catalog: each control is called by a method that
// sends just the fields of the catalog.
func TestCatalog(t *testing.T) {
	t.Parallel()
	catalog, err := simtest.Start(t).Control.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var sent []string
	recorder := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		sent = append([]string{r.Method + " " + r.URL.Path}, members(t, text)...)
		for name := range r.URL.Query() {
			sent = append(sent, name)
		}
		w.Header().Set(control.VersionHeader, "test")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer recorder.Close()
	client := control.New(recorder.URL)
	for _, c := range catalog {
		call := callsOf[c.Name]
		if call == nil {
			t.Errorf("%s: no method of the client", c.Name)
			continue
		}
		_ = call(t.Context(), client) // the answer is none; what was sent counts
		want := []string{c.Method + " " + strings.NewReplacer("{key}", "k", "{id}", "id", "{name}", "name").Replace(c.Path)}
		for _, f := range c.Fields {
			if f.In != "path" && f.Name != "" && f.Type != "object" {
				want = append(want, f.Name)
			}
		}
		if c.Name == "replaceFaults" {
			sent = slices.DeleteFunc(sent, func(name string) bool { return strings.HasPrefix(name, "[]") })
		}
		slices.Sort(sent)
		slices.Sort(want)
		if !slices.Equal(sent, want) {
			t.Errorf("%s: the client sent %q, the catalog has %q", c.Name, sent, want)
		}
	}
	if len(callsOf) != len(catalog) {
		t.Errorf("%d methods, %d controls", len(callsOf), len(catalog))
	}
}

// members lists the members of a body that a caller sets, with dots between the names of
// nested objects.
func members(t *testing.T, text []byte) []string {
	t.Helper()
	if len(text) == 0 {
		return nil
	}
	var body any
	if err := json.Unmarshal(text, &body); err != nil {
		t.Errorf("read what the client sent: %v", err)
	}
	var names []string
	var walk func(prefix string, at any)
	walk = func(prefix string, at any) {
		switch v := at.(type) {
		case map[string]any:
			for name, child := range v {
				if name == "headers" { // a map, not an object
					child = nil
				}
				walk(strings.TrimPrefix(prefix+"."+name, "."), child)
			}
		case []any:
			for _, child := range v {
				if _, object := child.(map[string]any); !object {
					names = append(names, prefix)
					return
				}
				walk(prefix+"[]", child)
			}
		default:
			if prefix != "matched" && prefix != "fired" { // counters, which the simulator fills in
				names = append(names, prefix)
			}
		}
	}
	walk("", body)
	return names
}
