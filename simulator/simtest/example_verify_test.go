package simtest_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// Wait until events have arrived, without a sleep, then judge a claim about them.
// The verdict names what comes closest to the event that is missing.
func ExampleNew_verification() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	sim, err := simtest.New()
	if err != nil {
		panic(err)
	}
	defer sim.Close()
	go post(sim.URL+"/2/httpapi", fmt.Sprintf(
		`{"api_key":%q,"events":[{"user_id":"user-0001","event_type":"[Appboy] Email Open"}]}`, sim.Key))
	if _, err := sim.Control.Await(ctx, sim.Key, control.Until{Settled: 1}); err != nil {
		panic(err)
	}
	verdict, err := sim.Control.Verify(ctx, control.Verification{
		APIKey: sim.Key,
		Match:  control.Match{UserID: "user-0001", EventType: "[Appboy] Email Click"},
		Times:  new(uint64(1)),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(verdict.Result+":", verdict.Why)
	for _, near := range verdict.Near {
		for _, d := range near.Differs {
			fmt.Printf("%s: want %q, got %q\n", d.Field, d.Want, d.Got)
		}
	}
	// Output:
	// fail: 0 events match; want 1
	// event_type: want "[Appboy] Email Click", got "[Appboy] Email Open"
}
