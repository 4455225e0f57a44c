package simulator

import (
	"fmt"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/cohort"
	"github.com/ammeter/ammeter/simulator/internal/cohort/braze"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
)

// applySeed creates what a simulator holds from its start on. A name that is given twice
// is a mistake here, though the control API would replace the first.
func applySeed(seed control.Seed, service *ingestion.Service, cohorts *cohort.Registry, imports *braze.Braze) error {
	if err := unique(seed); err != nil {
		return err
	}
	for i, k := range seed.Keys {
		if _, err := service.CreateKey(k); err != nil {
			return fmt.Errorf("key %d: %w", i+1, err)
		}
	}
	service.Keys.Seed()
	now := service.Instant()
	for i, f := range seed.Faults {
		if _, err := service.Faults.Add(f, now); err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
	}
	for _, w := range seed.BrazeWorkspaces {
		if err := imports.Define(w); err != nil {
			return err
		}
	}
	for _, c := range seed.Cohorts {
		if err := cohorts.Seed(c); err != nil {
			return err
		}
	}
	return nil
}

// unique returns an error if a name is given twice. A key is a secret, so its number
// stands for it.
func unique(seed control.Seed) error {
	seen := map[string]struct{}{}
	twice := func(kind, name string) bool {
		if name == "" {
			return false
		}
		_, known := seen[kind+name]
		seen[kind+name] = struct{}{}
		return known
	}
	for i, k := range seed.Keys {
		if twice("key ", k.APIKey) {
			return fmt.Errorf("key %d: given before", i+1)
		}
	}
	for i, f := range seed.Faults {
		if twice("fault ", f.ID) {
			return fmt.Errorf("fault %d: there is another with the id %q", i+1, f.ID)
		}
	}
	for _, c := range seed.Cohorts {
		if twice("cohort ", c.ID) {
			return fmt.Errorf("cohort %q: defined twice", c.ID)
		}
	}
	for _, w := range seed.BrazeWorkspaces {
		if twice("workspace ", w.Name) {
			return fmt.Errorf("workspace %q: defined twice", w.Name)
		}
	}
	return nil
}
