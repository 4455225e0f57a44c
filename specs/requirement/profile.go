package requirement

// slow are the requirements whose traffic takes seconds, whatever the exporter:
// outages, back-offs, piles of events, pauses one after another. Requirements that
// judge the same traffic are in or out together.
var slow = map[string]bool{
	"BACK-001": true, "BACK-002": true, "LIMIT-001": true, "LIMIT-002": true,
	"KEY-005": true, "KEY-006": true,
	"ORDER-002": true, "WASTE-001": true, "RETRY-006": true, "RETRY-007": true,
	"RATE-011": true, "RATE-012": true, "RATE-013": true,
	"RETRY-001": true, "RETRY-002": true, "RETRY-003": true, "RETRY-004": true, "RETRY-005": true, "RETRY-009": true,
}

// Quick tells whether the quick profile asks for the requirement. The rest take long.
func (r Requirement) Quick() bool { return !slow[r.ID] }
