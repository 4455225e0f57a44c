package control

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// BrazeWorkspace lets a partner import cohorts into the simulated Braze, at
// /partners/amplitude/cohorts and /partners/amplitude/cohorts/users of the
// ingestion API. Without one, every import is refused.
type BrazeWorkspace struct {
	Name string `json:"name" help:"Name of the workspace, the same as in the path."`
	// PartnerAPIKey is what Braze gives a partner, ClientSecret (the Data Import
	// Key) what a customer makes for it. The secret tells workspaces apart. The
	// simulator does not show either again.
	PartnerAPIKey string `json:"partner_api_key,omitempty" help:"API key that Braze gives the partner; never shown again."`
	ClientSecret  string `json:"client_secret,omitempty" help:"Data Import Key that the customer makes for the partner; tells workspaces apart, never shown again."`
	// Disabled refuses the partner (401); Locked answers 423.
	Disabled bool `json:"disabled,omitempty" help:"Refuse the partner with a 401."`
	Locked   bool `json:"locked,omitempty" help:"Answer 423."`
}

// BrazeCohort is an imported cohort.
type BrazeCohort struct {
	Workspace string `json:"workspace"`
	ID        string `json:"id"`
	// Title is the name that the partner gave, empty if it gave none.
	Title string `json:"title"`
	// CreatedAt is as it was sent.
	CreatedAt string       `json:"created_at,omitempty"`
	UserIDs   []string     `json:"user_ids"`
	DeviceIDs []string     `json:"device_ids"`
	Aliases   []BrazeAlias `json:"aliases,omitempty"`
}

// BrazeAlias is another name of a user.
type BrazeAlias struct {
	Name  string `json:"alias_name"`
	Label string `json:"alias_label"`
}

// BrazeRequest is a request of a partner.
type BrazeRequest struct {
	Seq uint64 `json:"seq"`
	// At is the instant on the simulator's clock.
	At time.Time `json:"at"`
	// Workspace is empty if the credentials are those of none.
	Workspace string `json:"workspace,omitempty"`
	Path      string `json:"path"`
	Status    int    `json:"status"`
	Message   string `json:"message"`
	CohortID  string `json:"cohort_id,omitempty"`
	// Added and Removed count the ids in the request.
	Added   int `json:"added"`
	Removed int `json:"removed"`
}

// DefineBrazeWorkspace makes a workspace, or replaces the credentials of the one of
// that name, whose cohorts stay.
func (c *Client) DefineBrazeWorkspace(ctx context.Context, w BrazeWorkspace) error {
	return c.do(ctx, http.MethodPut, "/_admin/braze/workspaces/"+url.PathEscape(w.Name), nil, w, nil)
}

// DeleteBrazeWorkspace forgets a workspace and its cohorts.
func (c *Client) DeleteBrazeWorkspace(ctx context.Context, name string) error {
	return c.do(ctx, http.MethodDelete, "/_admin/braze/workspaces/"+url.PathEscape(name), nil, nil, nil)
}

// BrazeCohorts lists the imported cohorts of a workspace, or of all if it is empty.
func (c *Client) BrazeCohorts(ctx context.Context, workspace string) ([]BrazeCohort, error) {
	return call[[]BrazeCohort](ctx, c, http.MethodGet, "/_admin/braze/cohorts", ofWorkspace(workspace), nil)
}

// BrazeRequests lists the latest requests for a workspace, oldest first, or for all
// and none if it is empty. It goes back 10,000 requests.
func (c *Client) BrazeRequests(ctx context.Context, workspace string) ([]BrazeRequest, error) {
	return call[[]BrazeRequest](ctx, c, http.MethodGet, "/_admin/braze/requests", ofWorkspace(workspace), nil)
}

func ofWorkspace(name string) url.Values {
	if name == "" {
		return nil
	}
	return url.Values{"workspace": {name}}
}
