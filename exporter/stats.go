package exporter

import (
	"github.com/ammeter/ammeter/exporter/ledger"
	"github.com/ammeter/ammeter/exporter/status"
)

// Stats is what GET /stats answers: the ledger, and what an operator wants to see next.
type Stats struct {
	ledger.Counts

	// RefusedPosts counts the posts that were refused since the start, by reason.
	RefusedPosts map[string]int64 `json:"posts_refused,omitempty"`
	// Throttled are the lanes that Amplitude throttles. Nil: none.
	Throttled *status.Lanes `json:"throttled,omitempty"`
	// PausedLanes is the number of lanes that an operator has paused.
	PausedLanes int `json:"paused_lanes,omitempty"`
}

// Stats returns the present state.
func (x *Exporter) Stats() Stats {
	return Stats{
		Counts: x.Ledger(), RefusedPosts: x.refused.snapshot(), Throttled: x.dispatcher.Throttled(statsLanes),
		PausedLanes: x.dispatcher.Stats().Paused,
	}
}
