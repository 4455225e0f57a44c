package simulator_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// TestTogether mixes uploads with everything that changes under them. In the end the
// ledgers must add up.
func TestTogether(t *testing.T) {
	t.Parallel()
	const workers, rounds, perRequest = 64, 12, 5
	const identify = "/identify?api_key=" + testKey + "&identification={\"user_id\":\"user-0001\"}"
	b := newBench(t, simulator.WithJournalBytes(1<<20), simulator.WithKey("reset-key"))
	ctx := t.Context()
	meddle := []func(i int){
		func(int) { _, _ = b.control.AdvanceClock(ctx, time.Second) },
		func(int) { _, _ = b.control.RotateKey(ctx, testKey, control.Rotation{Overlap: control.Seconds(1e6)}) },
		func(i int) { _ = b.control.SetLimits(ctx, testKey, control.Limits{WindowSeconds: new(1 + i)}) },
		func(int) {
			_, _ = b.control.Events(ctx, control.Query{APIKey: testKey, DeviceID: "device-1", Limit: 20})
			_, _ = b.control.ExplainDevice(ctx, testKey, "device-1")
		},
		func(i int) {
			do := control.FaultAction{ServerError: &control.ServerErrorFault{}}
			if i%2 == 0 {
				do = control.FaultAction{WAF: &control.WAFFault{}}
			}
			_, _ = b.control.SetFaults(ctx, testKey, []control.Fault{{When: control.FaultWhen{Every: 3}, Do: do}})
		},
		func(i int) {
			_ = b.control.ResetArea(ctx, []control.Area{control.AreaLimits, control.AreaDedup, control.AreaFaults}[i%3], testKey)
		},
		func(int) {
			b.send(http.MethodGet, identify, nil, nil)
			_, _ = b.control.Verify(ctx, control.Verification{APIKey: testKey, Match: control.Match{DeviceID: "device-2"}, AtMost: new(uint64(9))})
		},
		func(int) {
			b.post("/2/httpapi", strings.Replace(upload(perRequest, spread), "K", "reset-key", 1))
			_ = b.control.Reset(ctx, "reset-key")
		},
	}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range rounds {
				b.post("/2/httpapi", upload(perRequest, func(n int) string {
					return fmt.Sprintf(`{"device_id":"device-%d","event_type":"e","insert_id":"%d-%d-%d"}`, n, w%8, i, n)
				}))
				meddle[w%len(meddle)](i)
			}
		})
	}
	all.Wait()
	l := b.addsUp(ctx, testKey)
	if identifies := uint64(workers / len(meddle) * rounds); l.Requests != workers*rounds+identifies || l.Events != perRequest*workers*rounds {
		t.Errorf("ledger %+v: want %d requests and %d events", l, workers*rounds+identifies, perRequest*workers*rounds)
	}
	if l.Outcomes[control.Accepted] == 0 || l.Outcomes[control.Faulted] == 0 || l.Outcomes[control.Duplicate] == 0 {
		t.Errorf("ledger %+v: want every way that events can go", l)
	}
	b.addsUp(ctx, "reset-key")
}

// addsUp holds the counts of a ledger against each other.
func (b *bench) addsUp(ctx context.Context, key string) control.Ledger {
	b.t.Helper()
	l, err := b.control.Ledger(ctx, key)
	if err != nil {
		b.t.Fatal(err)
	}
	var outcomes, statuses uint64
	for _, n := range l.Outcomes {
		outcomes += n
	}
	for _, n := range l.Statuses {
		statuses += n
	}
	explained := l.Outcomes[control.Accepted]
	for _, n := range l.Reasons {
		explained += n
	}
	if outcomes != l.Events || explained != l.Events || statuses != l.Requests {
		b.t.Errorf("ledger %+v: %d outcomes, %d explained, of %d events; %d statuses of %d requests", l, outcomes, explained, l.Events, statuses, l.Requests)
	}
	return l
}
