// Package simulator is the Amplitude ingestion API for tests: same paths, bodies
// and limits, with API keys that come and go, a clock that can be moved and a
// journal that can be searched.
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

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/cohort"
	"github.com/ammeter/ammeter/simulator/internal/cohort/braze"
	"github.com/ammeter/ammeter/simulator/internal/controlapi"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/httpapi"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/metrics"
)

// Simulator is an http.Handler that serves the ingestion API and, beside it, the
// control API under /_admin with /healthz, /readyz, /version and /metrics. It is safe for
// concurrent use. It starts no goroutine but for syncs of cohorts.
type Simulator struct {
	service *ingestion.Service
	cohorts *cohort.Registry
	version []string        // as a header; shared by all answers, which do not change it
	closing context.Context // ends with Close
	close   func()

	uploads, partners, admin http.Handler
}

// New returns a simulator. It accepts no upload until a key has been created, by
// an option or over the control API.
func New(opts ...Option) (*Simulator, error) {
	cfg, err := configure(opts)
	if err != nil {
		return nil, err
	}
	service := ingestion.New(ingestion.Config{
		Clock: cfg.clock, Journal: journal.New(cfg.journalBytes), Limits: cfg.limits, Behavior: cfg.behavior, MaxTracked: cfg.maxTracked,
		UnknownKeys: cfg.unknownKeys,
	})
	partner := cfg.behavior.Get(fidelity.BrazePartnerName)
	cohorts, imports := cohort.New(cfg.clock, partner), braze.New(partner)
	if err := applySeed(cfg.seed, service, cohorts, imports); err != nil {
		return nil, err
	}
	closing, cancel := context.WithCancel(context.Background())
	return &Simulator{
		service: service, cohorts: cohorts, version: []string{cfg.version},
		closing: closing, close: func() { cancel(); cohorts.Close() },
		uploads:  httpapi.New(service, cfg.region, closing.Done()),
		partners: httpapi.Partners(service, imports, closing.Done()),
		admin: controlapi.New(service, controlapi.Config{
			Token: cfg.token, Hosts: cfg.hosts, Closing: closing, Cohorts: cohorts, Braze: imports,
			ConfigView: cfg.configView(), Certificate: cfg.certificate, Metrics: metrics.New(service, cohorts, cfg.version),
		}),
	}, nil
}

// VersionHeader is in every answer, so that nobody takes the simulator for the real
// service.
const VersionHeader = control.VersionHeader

// ServeHTTP serves both APIs.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, controlapi.Prefix+"/"), path == "/healthz", path == "/readyz", path == "/version", path == "/metrics":
		s.serveAdmin(w, r)
	default:
		s.serveIngestion(w, r)
	}
}

// Ingestion serves the ingestion API alone, for a listener of its own.
func (s *Simulator) Ingestion() http.Handler { return http.HandlerFunc(s.serveIngestion) }

// Admin serves the control API alone, with health and version.
func (s *Simulator) Admin() http.Handler { return http.HandlerFunc(s.serveAdmin) }

// serveIngestion serves the ingestion API and, beside it, the simulated Braze.
func (s *Simulator) serveIngestion(w http.ResponseWriter, r *http.Request) {
	w.Header()[VersionHeader] = s.version
	if strings.HasPrefix(r.URL.Path, httpapi.PartnersPrefix) {
		s.partners.ServeHTTP(w, r)
		return
	}
	s.uploads.ServeHTTP(w, r)
}

func (s *Simulator) serveAdmin(w http.ResponseWriter, r *http.Request) {
	w.Header()[VersionHeader] = s.version
	s.admin.ServeHTTP(w, r)
}

// RunDueSyncs tries the syncs of seeded cohorts that are due; the others go by themselves.
// To be called once the simulator serves, as its own Braze may be the partner.
func (s *Simulator) RunDueSyncs() { s.cohorts.Run(s.closing) }

// Close ends the calls of the control API that wait for something, and sends what
// faults delay, so that a server in front can shut down at once; it also ends the syncs
// of cohorts. Close may be called more than once.
func (s *Simulator) Close() { s.close() }
