// Package intake is the way of an upload through the simulator: size, JSON, key,
// rules, limits, dedup, journal, answer. It knows nothing of HTTP beyond status
// codes; package httpapi reads the bytes and writes them.
package intake

import (
	"sync"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/keys"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// Endpoint is one of the two JSON endpoints.
type Endpoint struct {
	Path     string
	MaxBytes int
	rate     throttle.Endpoint
	rules    ingest.Rules
}

// Service takes uploads. It is safe for concurrent use.
type Service struct {
	HTTPAPI, Batch Endpoint

	Clock   *clock.Clock
	Keys    *keys.Store
	Journal *journal.Journal
	Faults  *fault.Plan

	behavior fidelity.Behavior
	limits   throttle.Limits // of projects without limits of their own

	mu       sync.RWMutex // guards projects
	projects map[string]*project
}

// New returns a service without keys. Its projects start with the given limits.
func New(c *clock.Clock, j *journal.Journal, l throttle.Limits, b fidelity.Behavior) *Service {
	rules := ingest.Rules{
		MaxEvents:          amplitude.MaxEvents,
		RejectNumericIDs:   b.Is(fidelity.NumericIDs, fidelity.Reject),
		InvalidIDsAsFields: b.Is(fidelity.InvalidIDAnswer, "invalid_fields"),
	}
	s := &Service{
		HTTPAPI: Endpoint{Path: amplitude.PathHTTPAPI, MaxBytes: amplitude.MaxHTTPAPIBytes, rate: throttle.HTTPAPI, rules: rules},
		Batch:   Endpoint{Path: amplitude.PathBatch, MaxBytes: amplitude.MaxBatchBytes, rate: throttle.Batch, rules: rules},
		Clock:   c, Keys: keys.New(), Journal: j, Faults: fault.New(faultSeed), behavior: b, limits: l,
		projects: map[string]*project{},
	}
	s.HTTPAPI.rules.StripShortIDs = b.Is(fidelity.ShortIDHTTPAPI, fidelity.Strip)
	s.HTTPAPI.rules.EmptyEventsMissing = b.Is(fidelity.EmptyEventsHTTPAPI, "missing_field")
	s.Batch.rules.StripShortIDs = b.Is(fidelity.ShortIDBatch, fidelity.Strip)
	s.Batch.rules.EmptyEventsMissing = b.Is(fidelity.EmptyEventsBatch, "missing_field")
	return s
}

// Behavior tells how the service decides where the documentation leaves a choice.
func (s *Service) Behavior() fidelity.Behavior { return s.behavior }
