package cohort

import "github.com/ammeter/ammeter/simulator/control"

// Seed makes a cohort as Define does, but tries no run: before the simulator
// listens, a partner may not be there either. Run then does.
func (r *Registry) Seed(c control.Cohort) error {
	made, err := define(c, r.name, r.clock.Now())
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cohorts[made.id] = made
	return nil
}

// States counts the cohorts that are synced by the state of their sync.
func (r *Registry) States() map[control.SyncState]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	states := map[control.SyncState]int{}
	for _, c := range r.cohorts {
		if c.sync != nil {
			states[c.sync.Status().State]++
		}
	}
	return states
}
