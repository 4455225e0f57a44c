package ingestion

import "github.com/ammeter/ammeter/simulator/control"

// State returns how much the service holds in memory.
func (s *Service) State() control.State {
	st := control.State{MaxTracked: s.maxTracked, RefusedByMemory: s.refusedByMemory.Load()}
	st.JournalBytes, st.MaxJournalBytes = s.Journal.Size()
	tables := map[limiter]struct{}{}
	for _, p := range s.all() {
		st.Projects++
		state := p.state()
		tables[state.counts] = struct{}{} // which an organization shares
		st.InsertIDs += state.inserts.Len()
	}
	for t := range tables {
		st.Tracked += t.Tracked()
	}
	return st
}
