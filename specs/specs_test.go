package specs_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/simtest"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/report"
	"github.com/ammeter/ammeter/specs/requirement"
)

// TestConformance runs every spec against our exporter in this process, which cannot die
// and be started again.
func TestConformance(t *testing.T) {
	sim := simtest.Start(t)
	claims := slices.DeleteFunc(requirement.Capabilities(), func(c string) bool { return c == requirement.DurableRestart })
	specs.Run(t, specs.Target{
		Subject:      inProcess,
		About:        report.Subject{Part: report.Part{Name: "currents-exporter"}, Capabilities: claims},
		SimulatorURL: sim.URL,
		Control:      sim.Control,
		Timings:      specs.Timings{ThrottlePause: time.Second, QuotaPause: time.Second, KeyProbe: 4 * time.Second},
	})
}
