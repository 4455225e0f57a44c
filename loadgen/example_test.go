package loadgen_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/pace"
)

// Every fixture of two event types, as posts to an exporter.
func Example() {
	exporter := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer exporter.Close()

	set, err := fixtures.Load()
	if err != nil {
		panic(err)
	}
	events, err := loadgen.NewFixtures(set, loadgen.FixturesConfig{
		Kind:    loadgen.Exporter,
		Types:   []string{"users.messages.email.Open", "users.messages.email.Click"},
		Devices: true,
	})
	if err != nil {
		panic(err)
	}
	schedule, err := loadgen.Plan{
		Phases: []loadgen.Phase{
			{Pace: pace.Ramp{From: 0, To: 200, Over: time.Second}, For: time.Second},
			{Pace: pace.Constant{PerSecond: 200}, For: 500 * time.Millisecond},
		},
		Batch: 10,
		Mix:   loadgen.Rounds{Seed: 1, Payloads: len(events.Payloads), Devices: 100},
	}.Schedule()
	if err != nil {
		panic(err)
	}
	target, err := loadgen.ParseTarget(loadgen.Exporter, exporter.URL, false)
	if err != nil {
		panic(err)
	}
	generator, err := loadgen.New(loadgen.Config{Target: target, Encoder: events, Now: time.Now})
	if err != nil {
		panic(err)
	}
	result := generator.Run(context.Background(), schedule)
	fmt.Printf("%d events accepted in %d requests\n", result.Outcomes.Accepted, result.Statuses[200])
	// Output: 200 events accepted in 20 requests
}
