package control

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Cohort is a group of users that is defined on the simulator, as one is in
// Amplitude, and can be synced to a partner such as Braze.
type Cohort struct {
	// ID names the cohort, for the partner too. Braze shows a synced cohort as
	// "[Amplitude] NAME: ID".
	ID   string `json:"id" help:"Id of the cohort, the same as in the path."`
	Name string `json:"name" help:"Name of the cohort; the partner sees it as [Amplitude] NAME: ID."`
	// APIKey, if given, is the key that the cohort is listed and reset with.
	APIKey    string   `json:"api_key,omitempty" help:"API key that the cohort is listed and reset with."`
	UserIDs   []string `json:"user_ids,omitempty" help:"User ids of the members."`
	DeviceIDs []string `json:"device_ids,omitempty" help:"Device ids of the members."`
	// Sync is where the cohort goes; nil means nowhere.
	Sync *CohortSync `json:"sync,omitempty"`
	// Status is filled in by the simulator, if there is a Sync.
	Status *SyncStatus `json:"status,omitempty" readonly:"true"`
}

// Cadence is how often a cohort is synced, on the simulator's clock. The first run is due at
// once.
type Cadence string

// Cadences.
const (
	Once   Cadence = "once"
	Hourly Cadence = "hourly"
	Daily  Cadence = "daily"
)

// CohortSync is where a cohort goes and how often.
type CohortSync struct {
	// URL is the base of the partner's API: /partners/amplitude/cohorts and
	// /partners/amplitude/cohorts/users are added to it.
	URL string `json:"url" help:"Base URL of the partner's API; /partners/amplitude/cohorts is added to it."`
	// PartnerAPIKey and ClientSecret are sent with every request. The simulator
	// does not show them again.
	PartnerAPIKey string `json:"partner_api_key,omitempty" help:"API key that the partner was given; never shown again."`
	ClientSecret  string `json:"client_secret,omitempty" help:"Secret that is sent with every request; never shown again."`
	// Cadence is Once, Hourly or Daily; empty means Once.
	Cadence Cadence `json:"cadence,omitempty" help:"How often the cohort is synced; empty means once."`
}

// SyncState is how far a sync has come.
type SyncState string

// States of a sync.
const (
	SyncWaiting  SyncState = "waiting"  // no run has ended yet
	SyncRetrying SyncState = "retrying" // part of a run failed and will be tried again at NextAt
	SyncDone     SyncState = "done"     // the partner has taken everything
	SyncFailed   SyncState = "failed"   // the partner has not taken everything; the next run makes up for it
)

// SyncStatus is how far a sync has come. Instants are those of the simulator's
// clock.
type SyncStatus struct {
	State SyncState `json:"state"`
	// Title is the name that the partner has taken.
	Title string `json:"title,omitempty"`
	// Members is the number of ids that the partner has taken as members.
	Members int `json:"members"`
	// Runs and Requests count since the sync was defined.
	Runs     uint64 `json:"runs"`
	Requests uint64 `json:"requests"`
	// Attempt is the number of retries of the run so far.
	Attempt int        `json:"attempt,omitempty"`
	LastRun *time.Time `json:"last_run,omitempty"`
	// NextAt is when the sync acts next.
	NextAt *time.Time `json:"next_at,omitempty"`
	// Error is what went wrong last in the last run.
	Error string `json:"error,omitempty"`
}

// CohortChange changes the members of a cohort. Ids that are added and removed
// are members.
type CohortChange struct {
	AddUserIDs      []string `json:"add_user_ids,omitempty" help:"User ids that become members."`
	AddDeviceIDs    []string `json:"add_device_ids,omitempty" help:"Device ids that become members."`
	RemoveUserIDs   []string `json:"remove_user_ids,omitempty" help:"User ids that leave."`
	RemoveDeviceIDs []string `json:"remove_device_ids,omitempty" help:"Device ids that leave."`
}

// DefineCohort makes a cohort, or replaces the cohort of that ID. As long as the
// place it is synced to stays the same, the next run sends what has changed;
// otherwise it starts anew. When it returns, a run that was due has been tried.
func (c *Client) DefineCohort(ctx context.Context, cohort Cohort) (Cohort, error) {
	return call[Cohort](ctx, c, http.MethodPut, cohortPath(cohort.ID, ""), nil, cohort)
}

// Cohorts lists the cohorts of a key, or all if apiKey is empty.
func (c *Client) Cohorts(ctx context.Context, apiKey string) ([]Cohort, error) {
	return call[[]Cohort](ctx, c, http.MethodGet, "/_admin/cohorts", ofKey(apiKey), nil)
}

// Cohort returns one cohort.
func (c *Client) Cohort(ctx context.Context, id string) (Cohort, error) {
	return call[Cohort](ctx, c, http.MethodGet, cohortPath(id, ""), nil, nil)
}

// ChangeCohort changes the members of a cohort. The next run sends the change.
func (c *Client) ChangeCohort(ctx context.Context, id string, change CohortChange) (Cohort, error) {
	return call[Cohort](ctx, c, http.MethodPost, cohortPath(id, "/members"), nil, change)
}

// SyncCohort starts a run now, in place of one that is being retried. When it
// returns, the run has been tried once; its status shows the rest.
func (c *Client) SyncCohort(ctx context.Context, id string) (Cohort, error) {
	return call[Cohort](ctx, c, http.MethodPost, cohortPath(id, "/sync"), nil, nil)
}

// DeleteCohort forgets a cohort. As with Amplitude, the partner is not informed.
func (c *Client) DeleteCohort(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, cohortPath(id, ""), nil, nil, nil)
}

func cohortPath(id, rest string) string { return "/_admin/cohorts/" + url.PathEscape(id) + rest }
