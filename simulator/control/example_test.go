package control_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// start starts a simulator with a frozen clock for an example.
func start() *simtest.Server {
	sim, err := simtest.New(simtest.FrozenAt(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
	if err != nil {
		panic(err)
	}
	return sim
}

// send uploads n events of a device.
func send(sim *simtest.Server, device string, n int) {
	event := fmt.Sprintf(`{"device_id":%q,"event_type":"Tap"}`, device)
	body := fmt.Sprintf(`{"api_key":%q,"events":[%s]}`, sim.Key, strings.Repeat(event+",", n-1)+event)
	resp, err := http.Post(sim.URL+"/2/httpapi", "application/json", strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
}

// A claim about what was received. It is unknown, not passed, once the journal has
// lost events that could matter.
func ExampleClient_Verify() {
	sim := start()
	defer sim.Close()
	send(sim, "device-1", 3)

	verdict, err := sim.Control.Verify(context.Background(), control.Verification{
		APIKey: sim.Key,
		Match:  control.Match{DeviceID: "device-1", Outcome: control.Accepted},
		AtMost: new(uint64(2)),
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(verdict.Result+":", verdict.Why)
	fmt.Println("one too many:", verdict.Examples[0].Seq)
	// Output:
	// fail: 3 events match; want at most 2
	// one too many: 3
}

// Why a device is throttled, and until when.
func ExampleClient_ExplainDevice() {
	sim := start()
	defer sim.Close()
	send(sim, "device-1", 900)
	send(sim, "device-1", 1)

	e, err := sim.Control.ExplainDevice(context.Background(), sim.Key, "device-1")
	if err != nil {
		panic(err)
	}
	rate := e.Limits[0]
	fmt.Printf("%s: %d of %d events in %v, clear at %s\n",
		rate.Endpoint, rate.Events, rate.MaxEvents, rate.Window, rate.ClearsAt.Format(time.TimeOnly))
	fmt.Printf("filled by request %d, refused request %d for %s\n",
		rate.Counted[0].Request, rate.Refused[0].Request, rate.Refused[0].Reason)
	// Output:
	// /2/httpapi: 900 of 900 events in 30s, clear at 03:04:35
	// filled by request 1, refused request 2 for device_rate
}

// Waiting for what an exporter delivers takes no sleep.
func ExampleClient_Await() {
	sim := start()
	defer sim.Close()
	var sender sync.WaitGroup
	defer sender.Wait()
	sender.Go(func() { send(sim, "device-1", 20) })

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ledger, err := sim.Control.Await(ctx, sim.Key, control.Until{Settled: 20})
	if err != nil {
		panic(err)
	}
	fmt.Println(ledger.Settled(), "events settled")
	// Output: 20 events settled
}
