package control

import (
	"context"
	"net/http"
	"slices"
)

// Seed is what a simulator holds from its start on.
type Seed struct {
	Keys            []Key            `json:"keys,omitempty"`
	Faults          []Fault          `json:"faults,omitempty"`
	Cohorts         []Cohort         `json:"cohorts,omitempty"`
	BrazeWorkspaces []BrazeWorkspace `json:"braze_workspaces,omitempty"`
}

// Merge returns a seed that holds what s holds and, behind it, what more does.
func (s Seed) Merge(more Seed) Seed {
	return Seed{
		Keys:            slices.Concat(s.Keys, more.Keys),
		Faults:          slices.Concat(s.Faults, more.Faults),
		Cohorts:         slices.Concat(s.Cohorts, more.Cohorts),
		BrazeWorkspaces: slices.Concat(s.BrazeWorkspaces, more.BrazeWorkspaces),
	}
}

// Listening is where a simulator serves.
type Listening struct {
	// API and Admin are host and port. Admin is empty if the control API is served
	// with the API.
	API   string `json:"api,omitempty"`
	Admin string `json:"admin,omitempty"`
	TLS   bool   `json:"tls"`
}

// Config is how a simulator was started, without secrets. Keys, faults and cohorts
// have calls of their own.
type Config struct {
	Version   string    `json:"version"`
	Listening Listening `json:"listening"`
	// AdminToken is "[redacted]" if the control API requires a token.
	AdminToken string `json:"admin_token,omitempty"`
	// Region is the one whose keys are taken; empty means both.
	Region string `json:"region,omitempty"`
	// Limits are those of projects that have none of their own.
	Limits Limits `json:"limits"`
	// Behavior are the switches of the fidelity table that are not at their default.
	Behavior        map[string]string `json:"behavior,omitempty"`
	MaxTracked      int               `json:"max_tracked"`
	MaxJournalBytes int               `json:"max_journal_bytes"`
}

// Config reads how the simulator was started.
func (c *Client) Config(ctx context.Context) (Config, error) {
	return call[Config](ctx, c, http.MethodGet, "/_admin/config", nil, nil)
}
