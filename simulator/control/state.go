package control

import (
	"context"
	"net/http"
)

// State is how much the simulator holds in memory.
type State struct {
	Projects int `json:"projects"`
	// Tracked counts the devices and users with windows that are not empty.
	// MaxTracked is the bound for each project, 0 for none; RefusedByMemory
	// counts the events refused because of it.
	Tracked         int    `json:"tracked"`
	MaxTracked      int    `json:"max_tracked"`
	RefusedByMemory uint64 `json:"refused_by_memory"`
	InsertIDs       int    `json:"insert_ids"`
	JournalBytes    int    `json:"journal_bytes"`
	MaxJournalBytes int    `json:"max_journal_bytes"`
}

// State reads how much the simulator holds.
func (c *Client) State(ctx context.Context) (State, error) {
	return call[State](ctx, c, http.MethodGet, "/_admin/state", nil, nil)
}
