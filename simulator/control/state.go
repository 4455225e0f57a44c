package control

import (
	"context"
	"net/http"
)

// State is how much the simulator holds in memory.
type State struct {
	Projects int `json:"projects"`
	// TrackedWindows counts the devices and users with windows that are not empty.
	// MaxTrackedWindows is the bound for each project, 0 for none; RefusedByMemory
	// counts the events refused because of it.
	TrackedWindows    int    `json:"tracked_windows"`
	MaxTrackedWindows int    `json:"max_tracked_windows"`
	RefusedByMemory   uint64 `json:"refused_by_memory"`
	InsertIDs         int    `json:"insert_ids"`
	JournalBytes      int    `json:"journal_bytes"`
	MaxJournalBytes   int    `json:"max_journal_bytes"`
}

// State reads how much the simulator holds.
func (c *Client) State(ctx context.Context) (State, error) {
	var s State
	err := c.call(ctx, http.MethodGet, "/_admin/state", nil, nil, &s)
	return s, err
}
