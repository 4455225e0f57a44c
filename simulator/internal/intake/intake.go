// Package intake is the way of an upload through the simulator: size, JSON, key,
// rules, limits, dedup, journal, answer. It knows nothing of HTTP beyond status
// codes; package httpapi reads the bytes and writes them.
package intake

import (
	"sync"
	"sync/atomic"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/ingest"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/keys"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// Endpoint is one of the simulated endpoints.
type Endpoint struct {
	Path     string
	MaxBytes int
	rate     throttle.Endpoint
	rules    ingest.Rules
}

// Service takes uploads. It is safe for concurrent use.
type Service struct {
	HTTPAPI, Batch, Identify, GroupIdentify Endpoint

	Clock   *clock.Clock
	Keys    *keys.Store
	Journal *journal.Journal
	Faults  *fault.Plan

	behavior   fidelity.Behavior
	choices    choices
	limits     throttle.Limits // of projects without limits of their own
	maxTracked int

	refusedByMemory atomic.Uint64 // events
	tally           *tally

	mu            sync.RWMutex // guards the rest
	projects      map[string]*project
	organizations map[string]*throttle.Table
}

// Config is what a service is made of.
type Config struct {
	Clock    *clock.Clock
	Journal  *journal.Journal
	Limits   throttle.Limits // those that projects start with
	Behavior fidelity.Behavior
	// MaxTracked bounds the devices and users that a project may have in
	// memory; 0 for any number.
	MaxTracked int
}

// New returns a service without keys.
func New(cfg Config) *Service {
	b, rules := cfg.Behavior, rulesOf(cfg.Behavior)
	megabyte := megabytes(amplitude.MaxHTTPAPIBytes, b)
	s := &Service{
		HTTPAPI:       Endpoint{Path: amplitude.PathHTTPAPI, MaxBytes: megabyte, rate: throttle.HTTPAPI, rules: rules},
		Batch:         Endpoint{Path: amplitude.PathBatch, MaxBytes: megabytes(amplitude.MaxBatchBytes, b), rate: throttle.Batch, rules: rules},
		Identify:      Endpoint{Path: amplitude.PathIdentify, MaxBytes: megabyte},
		GroupIdentify: Endpoint{Path: amplitude.PathGroupIdentify, MaxBytes: megabyte},
		Clock:         cfg.Clock, Keys: keys.New(), Journal: cfg.Journal, Faults: fault.New(faultSeed),
		behavior: b, choices: choose(b), limits: scoped(cfg.Limits, b), maxTracked: cfg.MaxTracked,
		projects: map[string]*project{}, organizations: map[string]*throttle.Table{},
	}
	s.tally = newTally(s)
	s.HTTPAPI.rules.StripShortIDs = b.Is(fidelity.ShortIDHTTPAPI, fidelity.Strip)
	s.HTTPAPI.rules.EmptyEventsMissing = b.Is(fidelity.EmptyEventsHTTPAPI, "missing_field")
	s.Batch.rules.StripShortIDs = b.Is(fidelity.ShortIDBatch, fidelity.Strip)
	s.Batch.rules.EmptyEventsMissing = b.Is(fidelity.EmptyEventsBatch, "missing_field")
	return s
}

// Behavior tells how the service decides where the documentation leaves a choice.
func (s *Service) Behavior() fidelity.Behavior { return s.behavior }
