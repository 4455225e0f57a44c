package fault

import "maps"

// Fired is how many times rules of each kind have spoiled a request, also rules
// that are gone.
func (p *Plan) Fired() map[Kind]uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.fired)
}
