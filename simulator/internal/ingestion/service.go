// Package ingestion is the way of an upload through the simulator: size, JSON, key,
// rules, limits, dedup, journal, answer. It uses nothing of HTTP beyond status
// codes; package httpapi reads the bytes and writes them.
package ingestion

import (
	"sync"
	"sync/atomic"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/keys"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/scan"
	"github.com/ammeter/ammeter/simulator/internal/upload"
)

// Endpoint is one of the simulated endpoints.
type Endpoint struct {
	Path     string
	MaxBytes int
	rate     limits.Endpoint
	rules    upload.Rules
}

// Service takes uploads. It is safe for concurrent use.
type Service struct {
	HTTPAPI, Batch, Identify, GroupIdentify Endpoint

	Clock   *clock.Clock
	Keys    *keys.Store
	Journal *journal.Journal
	Faults  *fault.Plan

	behavior   fidelity.Behavior
	switches   switches
	limits     limits.Limits // of projects without limits of their own
	maxTracked int

	refusedByMemory atomic.Uint64 // events
	unknownKeys     unknownKeys
	requests        *requestCounters
	calls           sync.Pool

	mu            sync.RWMutex // guards the rest
	projects      map[string]*project
	organizations map[string]limiter
}

// Config is what a service is made of.
type Config struct {
	Clock    *clock.Clock
	Journal  *journal.Journal
	Limits   limits.Limits // those that projects start with
	Behavior fidelity.Behavior
	// UnknownKeys is called about uploads with keys that were never created. Optional.
	UnknownKeys func(requests int)
	// MaxTracked bounds the devices and users that a project may have in
	// memory; 0 for any number.
	MaxTracked int
}

// New returns a service without keys.
func New(cfg Config) *Service {
	b, rules := cfg.Behavior, rulesOf(cfg.Behavior)
	megabyte := megabytes(amplitude.MaxHTTPAPIBytes, b)
	s := &Service{
		HTTPAPI:       Endpoint{Path: amplitude.PathHTTPAPI, MaxBytes: megabyte, rate: limits.HTTPAPI, rules: rules},
		Batch:         Endpoint{Path: amplitude.PathBatch, MaxBytes: megabytes(amplitude.MaxBatchBytes, b), rate: limits.Batch, rules: rules},
		Identify:      Endpoint{Path: amplitude.PathIdentify, MaxBytes: megabyte},
		GroupIdentify: Endpoint{Path: amplitude.PathGroupIdentify, MaxBytes: megabyte},
		Clock:         cfg.Clock, Keys: keys.New(), Journal: cfg.Journal, Faults: fault.New(faultSeed),
		behavior: b, switches: resolve(b), limits: scoped(cfg.Limits, b), maxTracked: cfg.MaxTracked,
		projects: map[string]*project{}, organizations: map[string]limiter{},
	}
	one := b.Is(fidelity.EventsObject, fidelity.Accept)
	s.calls.New = func() any { return &call{scanner: &scan.Parser{OneEvent: one}} }
	s.requests, s.unknownKeys.report = newRequestCounters(s), cfg.UnknownKeys
	s.HTTPAPI.rules.StripShortIDs = b.Is(fidelity.ShortIDHTTPAPI, fidelity.Strip)
	s.HTTPAPI.rules.EmptyEventsMissing = b.Is(fidelity.EmptyEventsHTTPAPI, "missing_field")
	s.Batch.rules.StripShortIDs = b.Is(fidelity.ShortIDBatch, fidelity.Strip)
	s.Batch.rules.EmptyEventsMissing = b.Is(fidelity.EmptyEventsBatch, "missing_field")
	return s
}

// Behavior says how the service decides where the documentation leaves a choice.
func (s *Service) Behavior() fidelity.Behavior { return s.behavior }

// Instant is the present on both clocks.
func (s *Service) Instant() fault.Now {
	now, wall := s.Clock.Both()
	return fault.Now{Simulated: now, Real: wall}
}
