package simtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// Upload sends events and returns the answer; the journal shows what became of them. In a
// test, use Start instead of New: it needs no Close and no error check.
func ExampleServer_Upload() {
	ctx := context.Background()
	sim, err := simtest.New()
	if err != nil {
		panic(err)
	}
	defer sim.Close()

	answer, err := sim.Upload(ctx, amplitude.Event{UserID: "user-0001", EventType: "[Appboy] Email Open"})
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Code, answer.EventsIngested)

	_, err = sim.Upload(ctx, amplitude.Event{UserID: "user-0001"})
	if refused, ok := errors.AsType[*simtest.UploadError](err); ok {
		fmt.Printf("%d %s", refused.Status, refused.Body)
	}

	events, err := sim.Control.Events(ctx, control.Query{APIKey: sim.Key, Outcome: control.Accepted})
	if err != nil {
		panic(err)
	}
	for _, e := range events {
		fmt.Println(e.Outcome, e.UserID, e.EventType)
	}
	// Output:
	// 200 1
	// 400 {"code":400,"error":"Invalid field values on some events","events_with_invalid_fields":{"event_type":[0]}}
	// accepted user-0001 [Appboy] Email Open
}

// A key that expires in the middle of a test. The clock moves only when told to.
func ExampleNew_expiringKey() {
	ctx := context.Background()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	sim, err := simtest.New(simtest.FrozenAt(start))
	if err != nil {
		panic(err)
	}
	defer sim.Close()
	if _, err := sim.Control.ExpireKey(ctx, sim.Key, start.Add(time.Hour)); err != nil {
		panic(err)
	}
	body := fmt.Sprintf(`{"api_key":%q,"events":[{"device_id":"device-1","event_type":"Tap"}]}`, sim.Key)
	fmt.Println(post(sim.URL+"/2/httpapi", body))

	if _, err := sim.Control.AdvanceClock(ctx, time.Hour); err != nil {
		panic(err)
	}
	fmt.Println(post(sim.URL+"/2/httpapi", body))
	// Output:
	// 200
	// 400
}

func post(url, body string) int {
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// A key of one region is unknown to the other.
func ExampleServer_RegionURL() {
	sim, err := simtest.New()
	if err != nil {
		panic(err)
	}
	defer sim.Close()
	body := fmt.Sprintf(`{"api_key":%q,"events":[{"device_id":"device-1","event_type":"Tap"}]}`, sim.Key)
	fmt.Println(post(sim.RegionURL("us")+"/2/httpapi", body))
	fmt.Println(post(sim.RegionURL("eu")+"/2/httpapi", body))
	// Output:
	// 200
	// 400
}
