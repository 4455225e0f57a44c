package simtest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/simtest"
)

// A test uploads an event and asks the journal what became of it.
func ExampleStart() {
	test(func(tb testing.TB) {
		tb.Helper()
		sim := simtest.Start(tb)

		body := fmt.Sprintf(`{"api_key":%q,"events":[{"user_id":"user-0001","event_type":"[Appboy] Email Open"}]}`, sim.Key)
		fmt.Println(post(sim.URL+"/2/httpapi", body))

		events, err := sim.Control.Events(context.Background(), control.Query{APIKey: sim.Key})
		if err != nil {
			tb.Fatal(err)
		}
		for _, e := range events {
			fmt.Println(e.Outcome, e.UserID, e.EventType)
		}
	})
	// Output:
	// 200
	// accepted user-0001 [Appboy] Email Open
}

// A key that expires in the middle of a test. The clock moves only when told to.
func ExampleStart_expiringKey() {
	test(func(tb testing.TB) {
		tb.Helper()
		ctx := context.Background()
		start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		sim := simtest.Start(tb, simtest.FrozenAt(start))
		if _, err := sim.Control.ExpireKey(ctx, sim.Key, start.Add(time.Hour)); err != nil {
			tb.Fatal(err)
		}
		body := fmt.Sprintf(`{"api_key":%q,"events":[{"device_id":"device-1","event_type":"Tap"}]}`, sim.Key)
		fmt.Println(post(sim.URL+"/2/httpapi", body))

		if _, err := sim.Control.AdvanceClock(ctx, time.Hour); err != nil {
			tb.Fatal(err)
		}
		fmt.Println(post(sim.URL+"/2/httpapi", body))
	})
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

// test stands in for the testing package, which has no T to offer to an example.
func test(body func(testing.TB)) {
	tb := &exampleTB{}
	defer tb.cleanup()
	body(tb)
}

type exampleTB struct {
	testing.TB
	cleanups []func()
}

func (e *exampleTB) Helper()          {}
func (e *exampleTB) Cleanup(f func()) { e.cleanups = append(e.cleanups, f) }
func (e *exampleTB) Fatal(args ...any) {
	panic(fmt.Sprint(args...))
}

func (e *exampleTB) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}

func (e *exampleTB) cleanup() {
	for _, f := range e.cleanups {
		f()
	}
}

// A key of one region is unknown to the other.
func ExampleServer_RegionURL() {
	test(func(tb testing.TB) {
		tb.Helper()
		sim := simtest.Start(tb)
		body := fmt.Sprintf(`{"api_key":%q,"events":[{"device_id":"device-1","event_type":"Tap"}]}`, sim.Key)
		fmt.Println(post(sim.RegionURL("us")+"/2/httpapi", body))
		fmt.Println(post(sim.RegionURL("eu")+"/2/httpapi", body))
	})
	// Output:
	// 200
	// 400
}
