package ingestion

import (
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// Normalizer returns what makes the stored form of events.
func (s *Service) Normalizer() upload.Normalizer {
	return upload.Normalizer{
		Truncate:   s.behavior.Is(fidelity.LongStrings, "truncate"),
		DropGroups: s.behavior.Is(fidelity.GroupLimits, "drop"),
	}
}

// ShowStored adds to an event how it is stored, if it is and that is another way.
func ShowStored(v upload.Normalizer, e *control.Event) {
	if e.Body != nil && (e.Outcome == control.Accepted || e.Outcome == control.Duplicate) {
		e.Stored = v.Normalize(e.Body, e.UserID, e.DeviceID)
	}
}
