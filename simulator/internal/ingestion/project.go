package ingestion

import (
	"sync"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/dedup"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// project is the state of one project, besides its journal.
type project struct {
	mu       sync.RWMutex // guards the rest
	counts   limiter      // own, or that of the organization
	own      limiter
	inserts  insertIDs
	silenced map[string]struct{} // device ids; replaced, never changed
	volume   limits.Volume       // safe by itself
	limits   limits.Limits       // a copy of those of counts
}

// state is what one upload works with, also if the project is reset meanwhile.
type state struct {
	counts   limiter
	inserts  insertIDs
	silenced map[string]struct{}
	volume   *limits.Volume
	limits   limits.Limits
}

func (p *project) state() state {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return state{p.counts, p.inserts, p.silenced, &p.volume, p.limits}
}

func (p *project) setLimits(l limits.Limits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits = l
	p.counts.SetLimits(l)
}

// count lets the project count in a table, or in its own if that is nil.
func (p *project) count(in limiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in == nil && p.counts != p.own {
		p.own.SetLimits(p.limits)
	}
	if p.counts = in; in == nil {
		p.counts = p.own
	}
}

// project returns a project, which it makes on first use.
func (s *Service) project(name string) *project {
	s.mu.RLock()
	p := s.projects[name]
	s.mu.RUnlock()
	if p != nil {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p = s.projects[name]; p == nil {
		own := s.table()
		p = &project{counts: own, own: own, inserts: dedup.New(), limits: s.limits}
		s.projects[name] = p
	}
	return p
}

func (s *Service) table() limiter {
	t := limits.New(s.limits)
	t.SetMaxTracked(s.maxTracked)
	return t
}

// join lets the project of a key count together with the others of the key's
// organization, if that is the scope of rates, or by itself if the key has none.
func (s *Service) join(k control.Key) {
	if !s.switches.perOrganization {
		return
	}
	p := s.project(k.Project)
	if k.Organization == "" {
		p.count(nil)
		return
	}
	s.mu.Lock()
	shared := s.organizations[k.Organization]
	if shared == nil {
		shared = s.table()
		s.organizations[k.Organization] = shared
	}
	s.mu.Unlock()
	p.count(shared)
}

// CreateKey makes a key, or replaces the key of that name. Limits given with the
// key replace those of its project. The key works once all that is in place.
func (s *Service) CreateKey(k control.Key) (control.Key, error) {
	k, err := s.Keys.Complete(k)
	if err != nil {
		return control.Key{}, err
	}
	var limits limits.Limits
	if k.Limits != nil {
		if limits, err = s.limits.Apply(*k.Limits); err != nil {
			return control.Key{}, err
		}
	}
	s.join(k)
	if k.Limits != nil {
		s.project(k.Project).setLimits(limits)
	}
	return s.Keys.Create(k)
}

// SetLimits replaces the limits of the project of a key.
func (s *Service) SetLimits(apiKey string, l control.Limits) (control.Key, error) {
	limits, err := s.limits.Apply(l)
	if err != nil {
		return control.Key{}, err
	}
	k, err := s.Keys.SetLimits(apiKey, l)
	if err != nil {
		return control.Key{}, err
	}
	s.project(k.Project).setLimits(limits)
	return k, nil
}

// Silence replaces the list of silenced devices of the project of a key.
func (s *Service) Silence(apiKey string, devices []string) error {
	k, err := s.Keys.Get(apiKey)
	if err != nil {
		return err
	}
	silenced := make(map[string]struct{}, len(devices))
	for _, d := range devices {
		silenced[d] = struct{}{}
	}
	s.project(k.Project).silence(silenced)
	return nil
}

func (p *project) silence(devices map[string]struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silenced = devices
}

// Scope returns the search for what belongs to a key: its whole project, or for a key that
// was never created the requests that bear it.
func (s *Service) Scope(apiKey string) journal.Query {
	account, unknown := s.Account(apiKey)
	return journal.Query{Account: account, ByKey: unknown != nil, Query: control.Query{APIKey: apiKey}}
}

// Account is the name of the ledger in which requests with a key are counted: that
// of its project, so that a key and its successors share one. Keys that were never
// created share the account without a name, which cannot be read by key.
func (s *Service) Account(apiKey string) (string, error) {
	k, err := s.Keys.Get(apiKey)
	if err == nil {
		return k.Project, nil
	}
	if apiKey != "" && s.Journal.Knows(apiKey) {
		return apiKey, nil // a project whose key a reset of the keys has taken back
	}
	return "", err
}
