package intake

import (
	"sync"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/dedup"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// project is what the simulator knows of one project, besides its journal.
type project struct {
	mu       sync.RWMutex // guards the rest
	counts   *throttle.Table
	inserts  *dedup.Set
	silenced map[string]struct{} // device ids; replaced, never changed
	volume   throttle.Volume     // safe by itself
	limits   throttle.Limits     // a copy of those of counts
}

// state is what one upload works with, also if the project is reset meanwhile.
type state struct {
	counts   *throttle.Table
	inserts  *dedup.Set
	silenced map[string]struct{}
	volume   *throttle.Volume
	limits   throttle.Limits
}

func (p *project) state() state {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return state{p.counts, p.inserts, p.silenced, &p.volume, p.limits}
}

func (p *project) setLimits(l throttle.Limits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limits = l
	p.counts.SetLimits(l)
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
		p = &project{counts: s.table(), inserts: dedup.New(), limits: s.limits}
		s.projects[name] = p
	}
	return p
}

func (s *Service) table() *throttle.Table {
	t := throttle.New(s.limits)
	t.Bound(s.maxTracked)
	return t
}

// join lets the project of a key count together with the others of its
// organization, if that is the scope of rates.
func (s *Service) join(k control.Key) {
	if !s.choices.perOrganization || k.Organization == "" {
		return
	}
	p := s.project(k.Project)
	s.mu.Lock()
	shared := s.organizations[k.Organization]
	if shared == nil {
		shared = s.table()
		s.organizations[k.Organization] = shared
	}
	s.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts = shared
}

// CreateKey makes a key, or replaces the key of that name. Limits given with the
// key replace those of its project.
func (s *Service) CreateKey(k control.Key) (control.Key, error) {
	var limits throttle.Limits
	if k.Limits != nil {
		var err error
		if limits, err = Limits(s.limits, *k.Limits); err != nil {
			return control.Key{}, err
		}
	}
	made, err := s.Keys.Create(k)
	if err != nil {
		return made, err
	}
	s.join(made)
	if k.Limits != nil {
		s.project(made.Project).setLimits(limits)
	}
	return made, nil
}

// SetLimits replaces the limits of the project of a key.
func (s *Service) SetLimits(apiKey string, l control.Limits) (control.Key, error) {
	limits, err := Limits(s.limits, l)
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

// Account is the name of the ledger in which requests with a key are counted: that
// of its project, so that a key and its successors share one.
func (s *Service) Account(apiKey string) string {
	if k, err := s.Keys.Get(apiKey); err == nil {
		return k.Project
	}
	return apiKey
}
