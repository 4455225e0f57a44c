package ingestion

import (
	"maps"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/dedup"
)

// Reset forgets what was received by the project of a key, area by area, and the
// faults aimed at the key; with an empty key, those of all. Keys, limits and
// silenced devices stay: ResetKeys is for them.
func (s *Service) Reset(apiKey string, areas ...control.Area) error {
	projects, account := s.all(), ""
	if apiKey != "" {
		k, err := s.Keys.Get(apiKey)
		if err != nil {
			return err
		}
		projects, account = []*project{s.project(k.Project)}, k.Project
	}
	for _, area := range areas {
		switch area {
		case control.AreaJournal:
			if apiKey == "" {
				s.Journal.ResetAll()
			} else {
				s.Journal.Reset(account)
			}
		case control.AreaFaults:
			s.Faults.Clear(apiKey)
		default:
			for _, p := range projects {
				p.reset(area)
			}
		}
	}
	return nil
}

// ResetKeys goes back to the keys of the start, and to their limits. No device is
// silenced then.
func (s *Service) ResetKeys() error {
	for _, p := range s.all() {
		p.count(nil)
		p.setLimits(s.limits)
		p.silence(nil)
	}
	for _, k := range s.Keys.Seeded() {
		s.join(k)
		if k.Limits == nil {
			continue
		}
		limits, err := s.limits.Apply(*k.Limits)
		if err != nil {
			return err
		}
		s.project(k.Project).setLimits(limits)
	}
	s.Keys.Reset()
	return nil
}

func (s *Service) all() []*project {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.projects))
}

func (p *project) reset(area control.Area) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch area {
	case control.AreaLimits:
		p.counts.Clear()
		p.own.Clear()
		p.volume.Clear()
	case control.AreaDedup:
		p.inserts = dedup.New()
	default: // not an area of projects
	}
}
