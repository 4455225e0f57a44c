package ingestion

import (
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// retryAfter is how many seconds the pages advise clients to wait after a 429 or a 503, or 0
// if they do not or if the header is switched off.
func (s *Service) retryAfter(ep *Endpoint, status int, why outcome.Reason) int {
	const quota = int(time.Hour / time.Second)
	switch {
	case !s.switches.retryAfter:
		return 0
	case status == http.StatusServiceUnavailable:
		return 1
	case status != http.StatusTooManyRequests:
		return 0
	case why == outcome.ProjectRate || why == outcome.Memory:
		return 60
	case why == outcome.DeviceQuota || why == outcome.UserQuota:
		return quota
	case ep == &s.Batch:
		return 15
	}
	return 30
}
