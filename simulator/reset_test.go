package simulator_test

import (
	"testing"

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
	if err := c.ResetArea(ctx, control.AreaBraze, testKey); statusOf(err) != 400 {
		t.Errorf("reset of Braze for a key: %v, want 400", err)
	}
	if err := c.ResetArea(ctx, control.AreaBraze, ""); err != nil {
		t.Error(err)
	}
}
