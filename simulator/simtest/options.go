package simtest

import (
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// Option changes the simulator that Start starts. Every simulator.Option is one,
// but for WithAdminToken, because Control has no token.
type Option = simulator.Option

// FrozenAt stops the clock at an instant; it then moves only by Control. The zero
// time means now.
func FrozenAt(at time.Time) Option { return simulator.WithFrozenClock(at) }

// Strict averages rates over one second instead of the published thirty, so that 31
// events of a device in one second are too many.
func Strict() Option { return simulator.WithLimits(control.Limits{Profile: control.Strict}) }
