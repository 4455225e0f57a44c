package loadgen

// SetStarved replaces the look at the processors, which other tests use at the same time.
func (g *Generator) SetStarved(f func() bool) { g.starved = f }
