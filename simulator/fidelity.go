package simulator

import "github.com/ammeter/ammeter/simulator/internal/fidelity"

// Behavior is a row of the fidelity table: one thing that the simulator does, with
// the alternatives to it, where it is known from, and how well.
type Behavior = fidelity.Row

// Fidelity lists what the simulator does, with the switches as they are set.
func (s *Simulator) Fidelity() []Behavior { return s.service.Behavior().Rows() }

// Fidelity lists what a simulator without options does.
func Fidelity() []Behavior { return fidelity.Behavior{}.Rows() }
