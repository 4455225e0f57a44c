package simulator_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// withBraze is a simulator with a frozen clock that is its own partner.
func withBraze(t *testing.T, opts ...simtest.Option) *simtest.Server {
	t.Helper()
	sim := simtest.Start(t, append([]simtest.Option{simtest.FrozenAt(testStart)}, opts...)...)
	if err := sim.Control.DefineBrazeWorkspace(t.Context(), control.BrazeWorkspace{
		Name: "w", PartnerAPIKey: "PK", ClientSecret: "CS",
	}); err != nil {
		t.Fatal(err)
	}
	return sim
}

func testCohort(sim *simtest.Server, cadence control.Cadence, users ...string) control.Cohort {
	return control.Cohort{
		ID: "abcd1234", Name: "TEST_COHORT", APIKey: sim.Key, UserIDs: users,
		Sync: &control.CohortSync{URL: sim.URL, PartnerAPIKey: "PK", ClientSecret: "CS", Cadence: cadence},
	}
}

// imports describes the requests that the simulated Braze has seen.
func imports(t *testing.T, sim *simtest.Server) (list []string) {
	t.Helper()
	requests := try(sim.Control.BrazeRequests(t.Context(), "")).or(t)
	for _, r := range requests {
		name := r.Path[strings.LastIndex(r.Path, "/")+1:]
		list = append(list, fmt.Sprintf("%d %s +%d -%d", r.Status, name, r.Added, r.Removed))
	}
	return list
}

// tried is a result that a test needs.
type tried[T any] struct {
	value T
	err   error
}

func try[T any](value T, err error) tried[T] { return tried[T]{value, err} }

func (r tried[T]) or(t *testing.T) T {
	t.Helper()
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.value
}

// statusOf is the status of an answer of the control API that is an error.
func statusOf(err error) int {
	if refused, ok := errors.AsType[*control.Error](err); ok {
		return refused.Status
	}
	return 0
}

func users(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("user-%05d", i)
	}
	return list
}

func TestCohortSync(t *testing.T) {
	t.Parallel()
	sim := withBraze(t)
	ctx, c := t.Context(), sim.Control
	first := testCohort(sim, control.Hourly, users(2500)...)
	first.DeviceIDs = []string{"device-1"}
	made := try(c.DefineCohort(ctx, first)).or(t)
	if s := made.Status; s.State != control.SyncDone || s.Members != 2501 || s.Requests != 4 || !s.NextAt.Equal(testStart.Add(time.Hour)) {
		t.Errorf("status %+v, want done, 2501 members, 4 requests, next run in an hour", s)
	}
	if made.Sync.ClientSecret != "" || made.Sync.PartnerAPIKey != "" {
		t.Errorf("the definition tells its secrets: %+v", made.Sync)
	}
	got := try(c.BrazeCohorts(ctx, "w")).or(t)
	want := []control.BrazeCohort{{
		Workspace: "w", ID: "abcd1234", Title: "[Amplitude] TEST_COHORT: abcd1234", CreatedAt: "2026-03-04T05:06:07Z",
		UserIDs: users(2500), DeviceIDs: []string{"device-1"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("imported (-want +got):\n%s", diff)
	}

	// Nothing changes for an hour, then two members; and in the next only the name.
	try(c.AdvanceClock(ctx, time.Hour)).or(t)
	try(c.ChangeCohort(ctx, "abcd1234", control.CohortChange{AddUserIDs: []string{"new"}, RemoveUserIDs: []string{"user-00000"}})).or(t)
	try(c.AdvanceClock(ctx, time.Hour-time.Second)).or(t)
	before := imports(t, sim)
	try(c.AdvanceClock(ctx, time.Second)).or(t)
	first.Name, first.UserIDs = "RENAMED", slices.Concat(users(2500)[1:], []string{"new"})
	try(c.DefineCohort(ctx, first)).or(t)
	slices.Sort(before[1:]) // sent at the same time
	if diff := cmp.Diff([]string{"201 cohorts +0 -0", "201 users +1000 -0", "201 users +1000 -0", "201 users +501 -0"}, before); diff != "" {
		t.Errorf("requests before the second change (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"201 users +1 -1", "201 cohorts +0 -0"}, imports(t, sim)[4:]); diff != "" {
		t.Errorf("requests after it (-want +got):\n%s", diff)
	}
	got = try(c.BrazeCohorts(ctx, "w")).or(t)
	if got[0].Title != "[Amplitude] RENAMED: abcd1234" || len(got[0].UserIDs) != 2500 || slices.Contains(got[0].UserIDs, "user-00000") {
		t.Errorf("imported %q with %d users, want the new name and 2500 without the first", got[0].Title, len(got[0].UserIDs))
	}
}

func TestCohortSync_retries(t *testing.T) {
	t.Parallel()
	sim := withBraze(t)
	ctx, c := t.Context(), sim.Control
	try(c.AddFault(ctx, control.Fault{
		Target: control.FaultTarget{Endpoint: "/partners/amplitude/cohorts/users"}, When: control.FaultWhen{First: 2},
		Do: control.FaultAction{ServerError: &control.ServerErrorFault{Status: 503}},
	})).or(t)
	made := try(c.DefineCohort(ctx, testCohort(sim, control.Once, "u1"))).or(t)
	var states []control.SyncState
	for range 3 {
		states = append(states, made.Status.State)
		try(c.AdvanceClock(ctx, time.Second)).or(t)
		made = try(c.Cohort(ctx, "abcd1234")).or(t)
	}
	states = append(states, made.Status.State)
	// Tried at 0 s and 1 s, and after two more seconds at 3 s.
	if diff := cmp.Diff([]control.SyncState{control.SyncRetrying, control.SyncRetrying, control.SyncRetrying, control.SyncDone}, states); diff != "" {
		t.Errorf("states, a second apart (-want +got):\n%s", diff)
	}
	if made.Status.NextAt != nil || made.Status.Requests != 4 || made.Status.Error != "partner answered 503" {
		t.Errorf("status %+v, want no next run, 4 requests, the last error", made.Status)
	}
	if got := try(c.BrazeCohorts(ctx, "w")).or(t); len(got) != 1 || !slices.Equal(got[0].UserIDs, []string{"u1"}) {
		t.Errorf("imported %+v, want u1", got)
	}
}

func TestCohortSync_refused(t *testing.T) {
	t.Parallel()
	sim := withBraze(t)
	cohort := testCohort(sim, control.Daily, "u1")
	cohort.Sync.ClientSecret = "wrong"
	made := try(sim.Control.DefineCohort(t.Context(), cohort)).or(t)
	if s := made.Status; s.State != control.SyncFailed || s.Error != "partner answered 401" || s.Members != 0 || !s.NextAt.Equal(testStart.Add(24*time.Hour)) {
		t.Errorf("status %+v, want failed with 401, next run in a day", s)
	}
	if diff := cmp.Diff([]string{"401 cohorts +0 -0"}, imports(t, sim)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	// With the right secret it starts anew.
	made = try(sim.Control.DefineCohort(t.Context(), testCohort(sim, control.Daily, "u1"))).or(t)
	if made.Status.State != control.SyncDone || made.Status.Members != 1 {
		t.Errorf("status %+v, want done", made.Status)
	}
}

// TestCohortSync_switches gives the partner's API other names and answers. A sync
// looks at the status alone.
func TestCohortSync_switches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value, path, taken, refused string
		status                            int
	}{
		{"braze_success", "201", "/partners/amplitude/cohorts", `{"message":"success"}` + "\n", `{"message":"Unauthorized"}` + "\n", 201},
		{"braze_success", "200", "/partners/amplitude/cohorts", `{"message":"success"}` + "\n", `{"message":"Unauthorized"}` + "\n", 200},
		{"braze_partner_name", "any-name", "/partners/any-name/cohorts", `{"message":"success"}` + "\n", `{"message":"Unauthorized"}` + "\n", 201},
		{"braze_envelope", "errors", "/partners/amplitude/cohorts", `{"message":"success"}` + "\n", `{"message":"Unauthorized","errors":["Unauthorized"]}` + "\n", 201},
		{"braze_envelope", "empty", "/partners/amplitude/cohorts", ``, ``, 201},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Parallel()
			sim := withBraze(t, simulator.WithBehavior(c.name, c.value))
			made := try(sim.Control.DefineCohort(t.Context(), testCohort(sim, control.Once, "u"))).or(t)
			if made.Status.State != control.SyncDone {
				t.Errorf("status %+v, want done", made.Status)
			}
			if imported := try(sim.Control.BrazeCohorts(t.Context(), "w")).or(t); len(imported) != 1 || len(imported[0].UserIDs) != 1 {
				t.Errorf("imported %+v, want the cohort with its member", imported)
			}
			for body, want := range map[string]string{
				`{"partner_api_key":"PK","client_secret":"CS","cohort_id":"c","name":"n","created_at":"2026-01-02"}`: fmt.Sprintf("%d %s", c.status, c.taken),
				`{}`: "401 " + c.refused,
			} {
				resp := try(http.Post(sim.URL+c.path, "application/json", strings.NewReader(body))).or(t)
				text := try(io.ReadAll(resp.Body)).or(t)
				resp.Body.Close()
				if got := fmt.Sprintf("%d %s", resp.StatusCode, text); got != want {
					t.Errorf("POST %s %s: got %q, want %q", c.path, body, got, want)
				}
			}
		})
	}
}

// A running clock brings the next run without a call.
func TestCohortSync_runningClock(t *testing.T) {
	t.Parallel()
	calls := make(chan string, 100)
	partner := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.URL.Path }))
	t.Cleanup(partner.Close)
	sim := simtest.Start(t)
	ctx, c := t.Context(), sim.Control
	cohort := testCohort(sim, control.Hourly, "u1")
	cohort.Sync.URL = partner.URL + "/base/"
	try(c.DefineCohort(ctx, cohort)).or(t)
	if first, second := <-calls, <-calls; first != "/base/partners/amplitude/cohorts" || second != "/base/partners/amplitude/cohorts/users" {
		t.Errorf("first run posts to %s, then %s", first, second)
	}
	try(c.ChangeCohort(ctx, "abcd1234", control.CohortChange{AddUserIDs: []string{"u2"}})).or(t)
	try(c.ScaleClock(ctx, 1e6)).or(t)
	select {
	case path := <-calls:
		if path != "/base/partners/amplitude/cohorts/users" {
			t.Errorf("second run posts to %s", path)
		}
	case <-time.After(10 * time.Second):
		t.Error("an hour at a million seconds a second brings no run")
	}
}

func TestCohortSync_parallel(t *testing.T) {
	t.Parallel()
	var under, most atomic.Int32
	arrived, leave := make(chan struct{}, 100), make(chan struct{})
	partner := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/users") {
			return
		}
		n := under.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		arrived <- struct{}{}
		<-leave
		under.Add(-1)
	}))
	t.Cleanup(partner.Close)
	sim := simtest.Start(t, simtest.FrozenAt(testStart))
	cohort := testCohort(sim, control.Once, users(9500)...)
	cohort.Sync.URL = partner.URL
	done := make(chan control.Cohort)
	go func() {
		made, _ := sim.Control.DefineCohort(t.Context(), cohort)
		done <- made
	}()
	for range 4 {
		<-arrived
	}
	close(leave)
	if made := <-done; made.Status == nil || made.Status.Members != 9500 || most.Load() != 4 {
		t.Errorf("status %+v, %d requests at a time, want 9500 members and 4", made.Status, most.Load())
	}
}

// While members change, syncs fail and the clock moves, the partner ends up with the
// members of the cohort.
func TestCohortSync_concurrent(t *testing.T) {
	t.Parallel()
	sim := withBraze(t)
	ctx, c := t.Context(), sim.Control
	try(c.AddFault(ctx, control.Fault{
		Target: control.FaultTarget{Endpoint: "/partners/amplitude/cohorts/users"}, When: control.FaultWhen{Probability: new(0.3), First: 40},
		Do:  control.FaultAction{ServerError: &control.ServerErrorFault{}},
		TTL: control.Seconds(1e6),
	})).or(t)
	try(c.DefineCohort(ctx, testCohort(sim, control.Hourly, users(50)...))).or(t)
	all := users(100)
	var wg sync.WaitGroup
	for part := range 4 {
		wg.Go(func() {
			for i := part * 25; i < part*25+25; i++ {
				change := control.CohortChange{AddUserIDs: all[i : i+1]}
				if i%2 == 0 {
					change = control.CohortChange{RemoveUserIDs: all[i : i+1]}
				}
				_, err := c.ChangeCohort(ctx, "abcd1234", change)
				if err == nil && i%5 == 0 {
					_, err = c.SyncCohort(ctx, "abcd1234")
				}
				if err == nil {
					_, err = c.AdvanceClock(ctx, time.Minute)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := c.ClearFaults(ctx, ""); err != nil {
		t.Fatal(err)
	}
	made := try(c.SyncCohort(ctx, "abcd1234")).or(t)
	got := try(c.BrazeCohorts(ctx, "w")).or(t)
	if diff := cmp.Diff(made.UserIDs, got[0].UserIDs); diff != "" || made.Status.State != control.SyncDone || len(made.UserIDs) != 50 {
		t.Errorf("status %+v, %d members, at the partner (-want +got):\n%s", made.Status, len(made.UserIDs), diff)
	}
}
