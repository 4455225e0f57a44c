package simtest_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// Limits as published need no waiting: the clock does that. Nor do they need many
// events: a limit can be made small.
func ExampleNew_limits() {
	ctx := context.Background()
	sim, err := simtest.New(simtest.FrozenAt(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	if err != nil {
		panic(err)
	}
	defer sim.Close()
	event := `{"device_id":"device-1","event_type":"Tap"}`
	full := fmt.Sprintf(`{"api_key":%q,"events":[%s]}`, sim.Key, strings.Repeat(event+",", 899)+event)
	one := fmt.Sprintf(`{"api_key":%q,"events":[%s]}`, sim.Key, event)

	fmt.Println(post(sim.URL+"/2/httpapi", full)) // 30 a second over 30 seconds
	fmt.Println(post(sim.URL+"/2/httpapi", one))
	if _, err := sim.Control.AdvanceClock(ctx, 30*time.Second); err != nil {
		panic(err)
	}
	fmt.Println(post(sim.URL+"/2/httpapi", one))

	if err := sim.Control.SetLimits(ctx, sim.Key, control.Limits{EventsPerSecond: new(1), WindowSeconds: new(1)}); err != nil {
		panic(err)
	}
	fmt.Println(post(sim.URL+"/2/httpapi", one))
	fmt.Println(post(sim.URL+"/2/httpapi", one))
	// Output:
	// 200
	// 429
	// 200
	// 200
	// 429
}
