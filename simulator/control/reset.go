package control

import (
	"context"
	"net/http"
	"net/url"
)

// Area is a part of the simulator's state that can be reset alone.
type Area string

// Areas. A reset without an area resets all of them but the last two.
const (
	AreaJournal Area = "journal" // requests, events and the ledger
	AreaLimits  Area = "limits"  // counters of rates and quotas; the limits stay
	AreaDedup   Area = "dedup"   // insert ids
	AreaFaults  Area = "faults"  // rules
	AreaCohorts Area = "cohorts" // definitions and what their partners know
	AreaBraze   Area = "braze"   // imported cohorts and requests, of all keys; workspaces stay
	AreaKeys    Area = "keys"    // back to the keys of the start, with their limits and no device silenced
	AreaClock   Area = "clock"   // at real speed from where it stands; the same as ResetClock
)

// Reset forgets the state of one key (journal, limits' counters, dedup, faults,
// cohorts), or of all when apiKey is empty, then with what Braze has imported. Keys,
// limits and the clock stay. For a single area see ResetArea.
func (c *Client) Reset(ctx context.Context, apiKey string) error {
	return c.do(ctx, http.MethodPost, "/_admin/reset", ofKey(apiKey), nil, nil)
}

// ResetArea resets one area for a key, or for all if apiKey is empty.
func (c *Client) ResetArea(ctx context.Context, area Area, apiKey string) error {
	q := url.Values{"area": {string(area)}}
	if apiKey != "" {
		q.Set("key", apiKey)
	}
	return c.do(ctx, http.MethodPost, "/_admin/reset", q, nil, nil)
}
