package ingestion

import (
	"net/http"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/dedup"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// accept stores what is new, and answers.
func (s *Service) accept(c *call) answer {
	c.settle(outcome.Accepted, outcome.None, nil)
	ingested := len(c.batch.Events)
	if again := s.deduplicate(c); s.switches.subtract {
		ingested -= again
	}
	c.accepted = amplitude.Accepted{
		Code: http.StatusOK, EventsIngested: ingested, PayloadSizeBytes: c.request.size(), ServerUploadTime: c.now.UnixMilli(),
	}
	return answer{http.StatusOK, outcome.None, &c.accepted}
}

// acceptRest stores the neighbors of throttled events.
func (s *Service) acceptRest(c *call) {
	for i := range c.batch.Events {
		if c.reasons[i] == outcome.Neighbor {
			c.outcomes[i], c.reasons[i] = outcome.Accepted, outcome.None
		}
	}
	s.deduplicate(c)
}

// deduplicate remembers the insert ids of the accepted events, marks the events
// whose ids were known, and returns their number.
func (s *Service) deduplicate(c *call) int {
	c.inserts = c.inserts[:0]
	for i := range c.batch.Events {
		id := dedup.ID(0)
		if c.outcomes[i] == outcome.Accepted {
			id = s.insertID(c, i)
		}
		c.inserts = append(c.inserts, id)
	}
	again := c.state.inserts.Add(c.now, c.inserts)
	for _, i := range again {
		c.outcomes[i], c.reasons[i] = outcome.Duplicate, outcome.DuplicateInsert
	}
	return len(again)
}

// insertID is what event i is known by, or 0 for an event without an insert id.
func (s *Service) insertID(c *call, i int) dedup.ID {
	e := &c.batch.Events[i]
	if e.InsertID.Len() == 0 {
		return 0
	}
	var device limits.Key
	switch {
	case e.DeviceID.Present():
		device = c.keys[i].Device
	case s.switches.dedupByUser:
		device = c.keys[i].User
	}
	return c.state.inserts.ID(uint64(device), c.batch.Bytes(e.InsertID))
}
