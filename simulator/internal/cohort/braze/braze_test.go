package braze_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/cohort/braze"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newBraze(t interface{ Fatal(...any) }, more ...control.BrazeWorkspace) *braze.Braze {
	b := braze.New("amplitude")
	for _, w := range append(more, control.BrazeWorkspace{Name: "w", PartnerAPIKey: "PK", ClientSecret: "CS"}) {
		if err := b.Define(w); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// with adds good credentials to the members of a body.
func with(members string) []byte {
	return []byte(`{"partner_api_key":"PK","client_secret":"CS",` + members + `}`)
}

func ids(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%q", fmt.Sprintf("user-%d", i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func TestName(t *testing.T) {
	t.Parallel()
	const good = `"cohort_id":"abcd1234","name":"[Amplitude] TEST_COHORT: abcd1234","created_at":"2021-01-21T19:20:30+05:00"`
	for _, c := range []struct {
		name, body string
		want       braze.Answer
	}{
		{"good", string(with(good)), braze.Answer{Status: 201, Message: "success"}},
		{"no JSON", `{`, braze.Answer{Status: 400, Message: "Invalid JSON"}},
		{"null", `null`, braze.Answer{Status: 400, Message: "Invalid JSON"}},
		{"no credentials", `{` + good + `}`, braze.Answer{Status: 401, Message: "Unauthorized"}},
		{"wrong key", `{"partner_api_key":"x","client_secret":"CS",` + good + `}`, braze.Answer{Status: 401, Message: "Invalid partner key"}},
		{"wrong secret", `{"partner_api_key":"PK","client_secret":"x",` + good + `}`, braze.Answer{Status: 401, Message: "Invalid client secret"}},
		{
			"secret for another partner", `{"partner_api_key":"PK","client_secret":"CS2",` + good + `}`,
			braze.Answer{Status: 401, Message: "Partner is not enabled for this client secret"},
		},
		{
			"disabled", `{"partner_api_key":"PK","client_secret":"CS3",` + good + `}`,
			braze.Answer{Status: 401, Message: "Partner is not enabled for this client secret"},
		},
		{"locked", `{"partner_api_key":"PK","client_secret":"CS4",` + good + `}`, braze.Answer{Status: 423, Message: "Resource locked"}},
		{"spelling of names counts", `{"Partner_api_key":"PK","client_secret":"CS",` + good + `}`, braze.Answer{Status: 401, Message: "Unauthorized"}},
		{"no cohort_id", string(with(`"name":"n","created_at":"2021-01-21"`)), braze.Answer{Status: 400, Message: "cohort_id must be a valid string"}},
		{"cohort_id number", string(with(`"cohort_id":7,"name":"n","created_at":"2021-01-21"`)), braze.Answer{Status: 400, Message: "cohort_id must be a valid string"}},
		{"empty name", string(with(`"cohort_id":"c","name":" ","created_at":"2021-01-21"`)), braze.Answer{Status: 400, Message: "name must not be empty"}},
		{"null name", string(with(`"cohort_id":"c","name":null,"created_at":"2021-01-21"`)), braze.Answer{Status: 400, Message: "name must not be empty"}},
		{
			"created_at", string(with(`"cohort_id":"c","name":"n","created_at":"21.1.2021"`)),
			braze.Answer{Status: 400, Message: "created_at must be in ISO-8601 format"},
		},
		{"created_at missing", string(with(`"cohort_id":"c","name":"n"`)), braze.Answer{Status: 400, Message: "created_at must be in ISO-8601 format"}},
		{
			"created_at with Z and fraction", string(with(`"cohort_id":"c","name":"n","created_at":"2021-01-21T19:20:30.123Z"`)),
			braze.Answer{Status: 201, Message: "success"},
		},
		{
			"created_at with short offset", string(with(`"cohort_id":"c","name":"n","created_at":"2021-01-21T19:20:30+0500"`)),
			braze.Answer{Status: 201, Message: "success"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBraze(
				t, control.BrazeWorkspace{Name: "other", PartnerAPIKey: "PK2", ClientSecret: "CS2"},
				control.BrazeWorkspace{Name: "off", PartnerAPIKey: "PK", ClientSecret: "CS3", Disabled: true},
				control.BrazeWorkspace{Name: "busy", PartnerAPIKey: "PK", ClientSecret: "CS4", Locked: true},
			)
			if got := b.Name([]byte(c.body), noon); got != c.want {
				t.Errorf("Name(%s) = %+v, want %+v", c.body, got, c.want)
			}
			if got := len(b.Cohorts("")); (got == 1) != (c.want.Status == 201) {
				t.Errorf("%d cohorts after an answer of %d", got, c.want.Status)
			}
		})
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	const shape = "cohort_changes must be an array of objects with user_ids, device_ids or aliases, and an optional should_remove"
	good, badShape := braze.Answer{Status: 201, Message: "success"}, braze.Answer{Status: 400, Message: shape}
	for _, c := range []struct {
		name, changes string
		want          braze.Answer
		users         int
	}{
		{"add", `[{"user_ids":["u1","u2"]}]`, good, 2},
		{"add and remove", `[{"user_ids":["u1","u2"]},{"user_ids":["u2"],"should_remove":true}]`, good, 1},
		{"devices", `[{"device_ids":["d1"],"should_remove":false}]`, good, 0},
		{"empty list, a test of the credentials", `[]`, good, 0},
		{"no ids in a change", `[{"user_ids":[]}]`, good, 0},
		{"1000 ids", `[{"user_ids":` + ids(1000) + `}]`, good, 1000},
		{
			"1001 ids", `[{"user_ids":` + ids(1000) + `,"device_ids":["d"]}]`,
			braze.Answer{Status: 400, Message: "cohort_changes must not hold more than 1,000 ids in one request"},
			0,
		},
		{
			"1001 ids in two changes", `[{"user_ids":` + ids(1000) + `},{"user_ids":["x"],"should_remove":true}]`,
			braze.Answer{Status: 400, Message: "cohort_changes must not hold more than 1,000 ids in one request"},
			0,
		},
		{"null", `null`, badShape, 0},
		{"object", `{"user_ids":["u"]}`, badShape, 0},
		{"change without ids", `[{}]`, badShape, 0},
		{"change null", `[null]`, badShape, 0},
		{"ids null", `[{"user_ids":null}]`, badShape, 0},
		{"id number", `[{"user_ids":[1]}]`, badShape, 0},
		{"id null", `[{"user_ids":[null]}]`, badShape, 0},
		{"id empty", `[{"user_ids":[""]}]`, badShape, 0},
		{"should_remove text", `[{"user_ids":["u"],"should_remove":"yes"}]`, badShape, 0},
		{"alias without label", `[{"aliases":[{"alias_name":"a"}]}]`, badShape, 0},
		{"all or nothing", `[{"user_ids":["u1"]},{"user_ids":[7]}]`, badShape, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBraze(t)
			if got := b.Users(with(`"cohort_id":"c","cohort_changes":`+c.changes), noon); got != c.want {
				t.Errorf("Users(%.100s) = %+v, want %+v", c.changes, got, c.want)
			}
			users := 0
			for _, cohort := range b.Cohorts("w") {
				users += len(cohort.UserIDs)
			}
			if users != c.users {
				t.Errorf("%d users, want %d", users, c.users)
			}
		})
	}
}

func TestUsers_missing(t *testing.T) {
	t.Parallel()
	b := newBraze(t)
	if got := b.Users(with(`"cohort_changes":[]`), noon); got.Status != 400 || got.Message != "cohort_id must be a valid string" {
		t.Errorf("without cohort_id: %+v", got)
	}
	if got := b.Users(with(`"cohort_id":"c"`), noon); got.Status != 400 {
		t.Errorf("without cohort_changes: %+v", got)
	}
}

func TestWorkspace_requests(t *testing.T) {
	t.Parallel()
	b := newBraze(t)
	b.Name(with(`"cohort_id":"abcd1234","name":"[Amplitude] TEST_COHORT: abcd1234","created_at":"2021-01-21"`), noon)
	b.Users(with(`"cohort_id":"abcd1234","cohort_changes":[{"user_ids":["u2","u1"],"device_ids":["d1"],`+
		`"aliases":[{"alias_name":"n","alias_label":"l"}]},{"user_ids":["u3"],"should_remove":true}]`), noon)
	b.Users([]byte(`{`), noon)
	wantCohorts := []control.BrazeCohort{{
		Workspace: "w", ID: "abcd1234", Title: "[Amplitude] TEST_COHORT: abcd1234", CreatedAt: "2021-01-21",
		UserIDs: []string{"u1", "u2"}, DeviceIDs: []string{"d1"}, Aliases: []control.BrazeAlias{{Name: "n", Label: "l"}},
	}}
	if diff := cmp.Diff(wantCohorts, b.Cohorts("w")); diff != "" {
		t.Errorf("cohorts (-want +got):\n%s", diff)
	}
	wantRequests := []control.BrazeRequest{
		{Seq: 1, At: noon, Workspace: "w", Path: "/partners/amplitude/cohorts", Status: 201, Message: "success", CohortID: "abcd1234"},
		{Seq: 2, At: noon, Workspace: "w", Path: "/partners/amplitude/cohorts/users", Status: 201, Message: "success", CohortID: "abcd1234", Added: 4, Removed: 1},
	}
	if diff := cmp.Diff(wantRequests, b.Requests("w")); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if all := b.Requests(""); len(all) != 3 || all[2].Status != 400 {
		t.Errorf("all requests %+v, want the broken one too", all)
	}
	b.Clear()
	if len(b.Cohorts(""))+len(b.Requests("")) != 0 {
		t.Error("something is left after Clear")
	}
	if err := b.Delete("w"); err != nil {
		t.Error(err)
	}
	if err := b.Delete("w"); err == nil {
		t.Error("Delete of a workspace that is gone: no error")
	}
}

func TestDefine_refuses(t *testing.T) {
	t.Parallel()
	b := newBraze(t)
	for _, w := range []control.BrazeWorkspace{
		{PartnerAPIKey: "PK", ClientSecret: "x"},
		{Name: "x", PartnerAPIKey: "PK"},
		{Name: "x", ClientSecret: "x"},
		{Name: "x", PartnerAPIKey: "PK", ClientSecret: "CS"},
	} {
		if err := b.Define(w); err == nil || strings.Contains(err.Error(), "CS") {
			t.Errorf("Define(%+v) = %v, want an error that names no secret", w, err)
		}
	}
}

// Whatever changes arrive, the members are those that a plain set would have.
func TestUsers_likeASet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, model := newBraze(t), map[string]bool{}
		for range rapid.IntRange(0, 20).Draw(t, "requests") {
			id, remove := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id"), rapid.Bool().Draw(t, "remove")
			if remove {
				delete(model, id)
			} else {
				model[id] = true
			}
			b.Users(with(fmt.Sprintf(`"cohort_id":"c","cohort_changes":[{"user_ids":[%q],"should_remove":%t}]`, id, remove)), noon)
		}
		var got []string
		for _, c := range b.Cohorts("w") {
			got = append(got, c.UserIDs...)
		}
		if want := slices.Sorted(maps.Keys(model)); !slices.Equal(got, want) {
			t.Fatalf("members %q, want %q", got, want)
		}
	})
}
