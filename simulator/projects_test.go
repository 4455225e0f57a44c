package simulator_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// TestOrganization_left takes a project out of its organization: its devices count by
// themselves then, under the limits of the project.
func TestOrganization_left(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*bench){
		"by another key": func(b *bench) {
			try(b.control.CreateKey(b.t.Context(), control.Key{APIKey: "b"})).or(b.t)
		},
		"by another organization": func(b *bench) {
			try(b.control.CreateKey(b.t.Context(), control.Key{APIKey: "b", Organization: "other"})).or(b.t)
		},
		"by a reset of the keys": func(b *bench) {
			if err := b.control.ResetArea(b.t.Context(), control.AreaKeys, ""); err != nil {
				b.t.Fatal(err)
			}
		},
	} {
		b := newBench(t, simulator.WithBehavior("rate_scope", "organization"), simulator.WithLimits(control.Limits{Profile: "strict"}),
			simulator.WithKeys(control.Key{APIKey: "a", Organization: "org"}, control.Key{APIKey: "b"}))
		from := func(key string, events, want int) {
			t.Helper()
			b.want(want, "", "/2/httpapi", strings.Replace(upload(events, ofDevice("device-1")), "K", key, 1))
		}
		try(b.control.CreateKey(t.Context(), control.Key{APIKey: "b", Organization: "org"})).or(t)
		from("a", 30, 200)
		from("b", 1, 429)
		leave(b)
		from("b", 30, 200)
		from("b", 1, 429)
		from("a", 1, 429)
		if t.Failed() {
			t.Fatalf("left %s", name)
		}
	}
}

// TestCreateKey_limitsFirst uploads with a key while it is created: what it lets
// through is never more than its limits allow.
func TestCreateKey_limitsFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for round := range 200 {
		key := fmt.Sprintf("key-%d", round)
		body := strings.Replace(upload(1, ofDevice("device-1")), "K", key, 1)
		var accepted atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for known := 0; known < 3; {
					switch status, _ := b.post("/2/httpapi", body); status {
					case 200:
						accepted.Add(1)
						known++
					case 429:
						known++
					}
				}
			})
		}
		try(b.control.CreateKey(t.Context(), control.Key{APIKey: key, Limits: &control.Limits{Profile: "strict", EventsPerSecond: new(1)}})).or(t)
		if wg.Wait(); accepted.Load() != 1 {
			t.Fatalf("%s: %d events were taken in a second, want the one its limits allow", key, accepted.Load())
		}
	}
}
