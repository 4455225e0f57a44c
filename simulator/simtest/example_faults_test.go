package simtest_test

import (
	"context"
	"fmt"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// The first two requests meet a 503, after which nothing was taken. The fault is
// aimed at one key and ends by itself, if the test does not get to it.
func ExampleNew_faults() {
	ctx := context.Background()
	sim, err := simtest.New()
	if err != nil {
		panic(err)
	}
	defer sim.Close()
	_, err = sim.Control.AddFault(ctx, control.Fault{
		Target: control.FaultTarget{APIKey: sim.Key},
		When:   control.FaultWhen{First: 2},
		Do:     control.FaultAction{ServerError: &control.ServerErrorFault{Status: 503}},
		TTL:    control.Seconds(60),
	})
	if err != nil {
		panic(err)
	}
	body := fmt.Sprintf(`{"api_key":%q,"events":[{"device_id":"device-1","event_type":"Tap"}]}`, sim.Key)
	for range 3 {
		fmt.Println(post(sim.URL+"/2/httpapi", body))
	}
	ledger, err := sim.Control.Ledger(ctx, sim.Key)
	if err != nil {
		panic(err)
	}
	fmt.Println("accepted:", ledger.Outcomes[control.Accepted], "faulted:", ledger.Outcomes[control.Faulted])
	// Output:
	// 503
	// 503
	// 200
	// accepted: 1 faulted: 2
}
