package ingestion

import (
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// View says how stored events differ from those received.
func (s *Service) View() upload.View {
	return upload.View{
		Truncate:   s.behavior.Is(fidelity.LongStrings, "truncate"),
		DropGroups: s.behavior.Is(fidelity.GroupLimits, "drop"),
	}
}

// ShowStored adds to an event how it is stored, if it is and that is another way.
func ShowStored(v upload.View, e *control.Event) {
	if e.Body != nil && (e.Outcome == control.Accepted || e.Outcome == control.Duplicate) {
		e.Stored = v.Stored(e.Body, e.UserID, e.DeviceID)
	}
}
