package specs_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/simulator/simtest"
	"github.com/ammeter/ammeter/specs"
)

// The suite as a Go test of an exporter that a subject.yaml describes.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestConformance(t *testing.T)
		t.Helper()
		target, err := specs.LoadTarget("subject.yaml")
		if err != nil {
			t.Fatal(err)
		}
		sim := simtest.Start(t)
		target.SimulatorURL, target.Control = sim.URL, sim.Control
		specs.Run(t, target)
	}
	// Output:
}

// The specs beside others in a Ginkgo suite that exists already.
func ExampleRegister() {
	_ = func(target specs.Target) bool { // var _ = func() bool { ... }()
		specs.Register(target)
		return Describe("my exporter", func() {
			It("also does what only it does", func() {})
		})
	}
	// Output:
}

// What the quick profile makes of a label filter, and how long it may take for an
// exporter with the published pauses.
func ExampleProfile() {
	fmt.Println(specs.Quick.Filter("area:rate"))
	fmt.Println(specs.Quick.Budget(specs.Timings{}), specs.Full.Budget(specs.Timings{}))
	// Output:
	// (area:rate) && profile:quick
	// 8m12s 17m12s
}

// The requirements about ids that an exporter may break and still conform.
func ExampleSelect() {
	selected, err := specs.Select("area:identity && level:should")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range selected {
		fmt.Println(r.ID, r.Text)
	}
	// Output:
	// ID-006 No device_id is sent for an event type whose published payload has none.
	// ID-007 An id that Amplitude never accepts, such as "anonymous", counts as absent.
	// ID-008 An event whose id is shorter than five characters is delivered.
}
