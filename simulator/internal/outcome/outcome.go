// Package outcome names what can become of an event and why, in one byte each,
// so that the journal can hold millions of them.
package outcome

import (
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
)

// Outcome of an event.
type Outcome uint8

// Outcomes, in the order of the names in package control.
const (
	Accepted Outcome = iota
	Duplicate
	Throttled
	Rejected
	Faulted
	Count = iota // number of outcomes
)

var outcomes = [Count]control.Outcome{control.Accepted, control.Duplicate, control.Throttled, control.Rejected, control.Faulted}

// Name is the outcome as the control API spells it.
func (o Outcome) Name() control.Outcome { return outcomes[o] }

// Names are the outcomes as the control API spells them, in their order.
func Names() []control.Outcome { return slices.Clone(outcomes[:]) }

// Known reports whether the control API has an outcome of that name.
func Known(name control.Outcome) bool { return slices.Contains(outcomes[:], name) }
