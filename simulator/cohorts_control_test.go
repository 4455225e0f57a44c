package simulator_test

import (
	"testing"

	"github.com/ammeter/ammeter/simulator/control"
)

func TestCohorts_controlAPI(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, c := t.Context(), b.control
	for _, bad := range []control.Cohort{
		{ID: "c"},
		{ID: "c", Name: "n", UserIDs: []string{""}},
		{ID: "c", Name: "n", Sync: &control.CohortSync{URL: "ftp://host"}},
		{ID: "c", Name: "n", Sync: &control.CohortSync{URL: "http://user:geheim@host"}},
		{ID: "c", Name: "n", Sync: &control.CohortSync{URL: "http://host", Cadence: "weekly"}},
	} {
		if _, err := c.DefineCohort(ctx, bad); statusOf(err) != 400 {
			t.Errorf("DefineCohort(%+v) = %v, want 400", bad, err)
		}
	}
	for _, id := range []string{"a/b", "50%", "c"} {
		try(c.DefineCohort(ctx, control.Cohort{ID: id, Name: "n", APIKey: map[string]string{"c": testKey}[id]})).or(t)
		if one, err := c.Cohort(ctx, id); err != nil || one.ID != id {
			t.Errorf("Cohort(%q) = %+v, %v", id, one, err)
		}
	}
	if list := try(c.Cohorts(ctx, "")).or(t); len(list) != 3 {
		t.Errorf("%d cohorts, want 3", len(list))
	}
	if list := try(c.Cohorts(ctx, testKey)).or(t); len(list) != 1 || list[0].ID != "c" {
		t.Errorf("cohorts of the key: %+v, want c", list)
	}
	if err := c.DeleteCohort(ctx, "a/b"); err != nil {
		t.Error(err)
	}
	if _, err := c.Cohort(ctx, "a/b"); statusOf(err) != 404 {
		t.Errorf("Cohort that is gone: %v, want 404", err)
	}
	if _, err := c.SyncCohort(ctx, "c"); statusOf(err) != 400 {
		t.Errorf("SyncCohort of one that goes nowhere: %v, want 400", err)
	}
	if err := c.ResetArea(ctx, control.AreaCohorts, testKey); err != nil {
		t.Error(err)
	}
	if list := try(c.Cohorts(ctx, "")).or(t); len(list) != 1 || list[0].ID != "50%" {
		t.Errorf("cohorts after a reset for the key: %+v, want 50%%", list)
	}
}
