package simtest_test

import (
	"context"
	"fmt"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// The way from Amplitude to Braze: a cohort is synced to a partner, here the Braze
// that the simulator is as well.
func ExampleNew_cohorts() {
	ctx := context.Background()
	sim, err := simtest.New()
	if err != nil {
		panic(err)
	}
	defer sim.Close()
	braze := control.BrazeWorkspace{Name: "shop", PartnerAPIKey: "partner", ClientSecret: "secret"}
	if err := sim.Control.DefineBrazeWorkspace(ctx, braze); err != nil {
		panic(err)
	}
	cohort, err := sim.Control.DefineCohort(ctx, control.Cohort{
		ID: "abcd1234", Name: "TEST_COHORT", UserIDs: []string{"user-0001", "user-0002"},
		Sync: &control.CohortSync{URL: sim.URL, PartnerAPIKey: "partner", ClientSecret: "secret"},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(cohort.Status.State, cohort.Status.Members)

	imported, err := sim.Control.BrazeCohorts(ctx, "shop")
	if err != nil {
		panic(err)
	}
	for _, c := range imported {
		fmt.Println(c.Title, c.UserIDs)
	}
	// Output:
	// done 2
	// [Amplitude] TEST_COHORT: abcd1234 [user-0001 user-0002]
}
