package runner

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/simulator/control"
)

func TestBaseline(t *testing.T) {
	t.Parallel()
	before := baseline{
		simulator: control.Ledger{Requests: 10, Events: 100, Statuses: map[int]uint64{200: 8, 429: 2}},
		exporter:  loadgen.ExporterLedger{Read: 100, Accepted: 90, Held: 10, Dropped: map[string]uint64{"unaddressable": 3}},
	}
	for _, tc := range []struct {
		name                string
		simulator, sinceSim control.Ledger
		exporter, sinceExp  loadgen.ExporterLedger
	}{
		{
			name:      "goes on",
			simulator: control.Ledger{Requests: 15, Events: 120, Statuses: map[int]uint64{200: 13, 429: 2}},
			sinceSim:  control.Ledger{Requests: 5, Events: 20, Statuses: map[int]uint64{200: 5}},
			exporter:  loadgen.ExporterLedger{Read: 120, Accepted: 115, Held: 1, Dropped: map[string]uint64{"unaddressable": 4}},
			sinceExp:  loadgen.ExporterLedger{Read: 20, Accepted: 25, Held: 1, Dropped: map[string]uint64{"unaddressable": 1}},
		},
		{
			name:      "began anew",
			simulator: control.Ledger{Requests: 4, Events: 7, Statuses: map[int]uint64{200: 4}},
			sinceSim:  control.Ledger{Requests: 4, Events: 7, Statuses: map[int]uint64{200: 4}},
			exporter:  loadgen.ExporterLedger{Read: 7, Accepted: 5, Dropped: map[string]uint64{"unaddressable": 2}},
			sinceExp:  loadgen.ExporterLedger{Read: 7, Accepted: 5, Dropped: map[string]uint64{"unaddressable": 2}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.sinceSim, before.sinceSimulator(tc.simulator)); diff != "" {
				t.Errorf("simulator (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.sinceExp, before.sinceExporter(tc.exporter)); diff != "" {
				t.Errorf("exporter (-want +got):\n%s", diff)
			}
		})
	}
}
