package simulator_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

func TestResetArea(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulator.WithLimits(control.Limits{Profile: "strict"}))
	ctx, c := t.Context(), b.control
	const event = `{"api_key":"K","events":[{"device_id":"device-1","event_type":"e1","insert_id":"i-1"}]}`
	reset := func(area control.Area) {
		t.Helper()
		if err := c.ResetArea(ctx, area, testKey); err != nil {
			t.Fatal(err)
		}
	}
	last := func() control.Outcome {
		t.Helper()
		events := b.events(control.Query{})
		return events[len(events)-1].Outcome
	}
	b.want(200, "", "/2/httpapi", event)
	reset(control.AreaFaults)
	b.want(200, "", "/2/httpapi", event)
	if got := last(); got != control.Duplicate {
		t.Errorf("without a reset of dedup: %s, want duplicate", got)
	}
	reset(control.AreaDedup)
	b.want(200, "", "/2/httpapi", event)
	if got := last(); got != control.Accepted {
		t.Errorf("after a reset of dedup: %s, want accepted", got)
	}
	b.want(429, "", "/2/httpapi", upload(28, ofDevice("device-1")))
	reset(control.AreaJournal)
	if got := b.events(control.Query{}); len(got) != 0 {
		t.Errorf("%d events after a reset of the journal", len(got))
	}
	b.want(429, "", "/2/httpapi", upload(28, ofDevice("device-1")))
	reset(control.AreaLimits)
	b.want(200, "", "/2/httpapi", upload(28, ofDevice("device-1")))
	if err := c.ResetArea(ctx, "everything", ""); statusOf(err) != 400 {
		t.Errorf("reset of an unknown area: %v, want 400", err)
	}
	for _, area := range []control.Area{control.AreaBraze, control.AreaKeys, control.AreaClock} {
		if err := c.ResetArea(ctx, area, testKey); statusOf(err) != 400 {
			t.Errorf("reset of %s for a key: %v, want 400", area, err)
		}
	}
	if err := c.ResetArea(ctx, control.AreaBraze, ""); err != nil {
		t.Error(err)
	}
}

// TestResetArea_keys changes all that can be changed about keys, and goes back.
func TestResetArea_keys(t *testing.T) {
	t.Parallel()
	limited := control.Key{APIKey: "limited", Limits: &control.Limits{Profile: "strict", EventsPerSecond: new(2)}}
	b := newBench(t, simulator.WithKeys(limited))
	ctx, c := t.Context(), b.control
	before := try(c.Keys(ctx)).or(t)
	try(c.RevokeKey(ctx, testKey)).or(t)
	try(c.RotateKey(ctx, "limited", control.Rotation{NewKey: "later"})).or(t)
	try(c.CreateKey(ctx, control.Key{APIKey: "new"})).or(t)
	for _, err := range []error{
		c.SetLimits(ctx, testKey, control.Limits{Profile: "strict"}), c.SetLimits(ctx, "limited", control.Limits{}),
		c.SilenceDevices(ctx, testKey, "device-1"), c.ResetArea(ctx, control.AreaKeys, ""),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(before, try(c.Keys(ctx)).or(t)); diff != "" {
		t.Errorf("keys after the reset (-before +after):\n%s", diff)
	}
	b.want(200, "", "/2/httpapi", upload(31, ofDevice("device-1"))) // not silenced, limits as published
	b.want(429, "", "/2/httpapi", strings.Replace(upload(3, ofDevice("device-1")), "K", "limited", 1))
}

func TestResetArea_clock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if err := b.control.ResetArea(t.Context(), control.AreaClock, ""); err != nil {
		t.Fatal(err)
	}
	if c := try(b.control.Clock(t.Context())).or(t); c.Frozen || c.Now.Before(testStart) {
		t.Errorf("clock %+v, want one that runs", c)
	}
}
