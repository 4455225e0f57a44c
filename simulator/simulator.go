// Package simulator is the Amplitude ingestion API for tests: same paths, bodies
// and limits, with API keys that come and go, a clock that can be moved and a
// journal that can be asked.
//
// In a Go test, prefer package simtest, which starts a server and makes a key. Use
// New to put the handler into a server of your own. The simulator stores nothing
// beyond its journal and is no analytics service: nothing can be queried but what
// was received. Where it guesses, it says so: see Fidelity.
package simulator

import (
	"context"
	"net/http"
	"strings"

	"github.com/ammeter/ammeter/simulator/internal/cohort"
	"github.com/ammeter/ammeter/simulator/internal/cohort/braze"
	"github.com/ammeter/ammeter/simulator/internal/controlapi"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/httpapi"
	"github.com/ammeter/ammeter/simulator/internal/intake"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/metrics"
)

// Simulator is an http.Handler that serves the ingestion API and, beside it, the
// control API under /_admin with /healthz, /readyz, /version and /metrics. It is safe for
// concurrent use. It starts no goroutine but for syncs of cohorts.
type Simulator struct {
	service   *intake.Service
	cohorts   *cohort.Registry
	ingestion http.Handler
	admin     http.Handler
	close     func()
}

// New returns a simulator. It accepts no upload until a key has been created, by
// an option or over the control API.
func New(opts ...Option) (*Simulator, error) {
	cfg, err := configure(opts)
	if err != nil {
		return nil, err
	}
	service := intake.New(intake.Config{
		Clock: cfg.clock, Journal: journal.New(cfg.journalBytes), Limits: cfg.limits, Behavior: cfg.behavior, MaxTracked: cfg.maxTracked,
	})
	partner := cfg.behavior.Get(fidelity.BrazePartnerName)
	cohorts, imports := cohort.New(cfg.clock, partner), braze.New(partner)
	if err := plant(cfg.seed, service, cohorts, imports); err != nil {
		return nil, err
	}
	closing, cancel := context.WithCancel(context.Background())
	return &Simulator{
		service:   service,
		cohorts:   cohorts,
		ingestion: versioned(cfg.version, withPartners(httpapi.New(service, cfg.region), httpapi.Partners(service, imports))),
		admin: versioned(cfg.version, controlapi.New(service, controlapi.Config{
			Token: cfg.token, Closing: closing, Cohorts: cohorts, Braze: imports,
			Readout: cfg.readout(), Certificate: cfg.certificate, Metrics: metrics.New(service, cohorts, cfg.version),
		})),
		close: func() { cancel(); cohorts.Close() },
	}, nil
}

// VersionHeader is in every answer, so that nobody takes the simulator for the real
// service.
const VersionHeader = "X-Amplitude-Simulator"

// versioned adds the version to the answers of a handler.
func versioned(version string, h http.Handler) http.Handler {
	value := []string{version} // shared: nobody changes a value in place
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()[VersionHeader] = value
		h.ServeHTTP(w, r)
	})
}

// withPartners puts the simulated Braze beside the ingestion API.
func withPartners(ingestion, partners http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, httpapi.PartnersPrefix) {
			partners.ServeHTTP(w, r)
			return
		}
		ingestion.ServeHTTP(w, r)
	})
}

// ServeHTTP serves both APIs.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, controlapi.Prefix+"/"), path == "/healthz", path == "/readyz", path == "/version", path == "/metrics":
		s.admin.ServeHTTP(w, r)
	default:
		s.ingestion.ServeHTTP(w, r)
	}
}

// Ingestion serves the ingestion API alone, for a listener of its own.
func (s *Simulator) Ingestion() http.Handler { return s.ingestion }

// Admin serves the control API alone, with health and version.
func (s *Simulator) Admin() http.Handler { return s.admin }

// Sync tries the syncs of seeded cohorts that are due; the others go by themselves.
// To be called once the simulator serves, as its own Braze may be the partner.
func (s *Simulator) Sync() { s.cohorts.Run() }

// Close ends the calls of the control API that wait for something, so that a
// server in front can shut down at once, and the syncs of cohorts. Close may be
// called more than once.
func (s *Simulator) Close() { s.close() }
