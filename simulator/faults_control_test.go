package simulator_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator/control"
)

func TestFaults_controlAPI(t *testing.T) {
	t.Parallel()
	sim := faulty(t, control.Fault{ID: "mine", Do: control.FaultAction{WAF: &control.WAFFault{}}})
	ctx, c := t.Context(), sim.Control
	ids := func(key string) (list []string) {
		t.Helper()
		faults, err := c.Faults(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range faults {
			list = append(list, f.ID)
		}
		return list
	}
	if _, err := c.AddFault(ctx, control.Fault{ID: "a/b", Do: control.FaultAction{Reset: &control.ResetFault{}}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"mine", "a/b"}, ids("")); diff != "" {
		t.Errorf("all faults (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"mine"}, ids(sim.Key)); diff != "" {
		t.Errorf("faults of the key (-want +got):\n%s", diff)
	}
	if err := c.DeleteFault(ctx, "a/b"); err != nil {
		t.Error(err)
	}
	var refused *control.Error
	if err := c.DeleteFault(ctx, "a/b"); !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("delete a fault that is gone: %v, want 404", err)
	}
	if _, err := c.AddFault(ctx, control.Fault{}); !errors.As(err, &refused) || refused.Status != 400 {
		t.Errorf("add a fault that does nothing: %v, want 400", err)
	}
	if got := upload1(ctx, sim, ""); got.status != 403 {
		t.Errorf("got %+v, want 403", got)
	}
	if faults, err := c.Faults(ctx, sim.Key); err != nil || faults[0].Matched != 1 || faults[0].Fired != 1 {
		t.Errorf("faults %+v, %v, want one that matched and fired once", faults, err)
	}
	if err := c.Reset(ctx, sim.Key); err != nil {
		t.Fatal(err)
	}
	if left := ids(""); len(left) != 0 {
		t.Errorf("faults after a reset: %q, want none", left)
	}
	if got := upload1(ctx, sim, ""); got.status != 200 {
		t.Errorf("got %+v, want 200", got)
	}
}
