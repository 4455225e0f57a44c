package play

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// values are the metrics of a play by the names that thresholds use.
func values(s *loadgen.Summary, a *arrivals) scenario.Values {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	innocent := append(append(delays{}, a.calm...), a.stressed...)
	v := scenario.Values{
		"due": float64(s.Events.Due), "accepted": float64(s.Events.Accepted), "rejected": float64(s.Events.Rejected),
		"neighbors": float64(s.Events.Neighbors), "failed": float64(s.Events.Failed), "unsent": float64(s.Events.Dropped),
		"p50": s.Latency.Intended.P50, "p90": s.Latency.Intended.P90, "p95": s.Latency.Intended.P95,
		"p99": s.Latency.Intended.P99, "p999": s.Latency.Intended.P999, "max": s.Latency.Intended.Max,

		"expected": float64(s.Conservation.Expected), "delivered": float64(a.delivered),
		"lost": float64(s.Conservation.Lost), "surplus": float64(s.Conservation.Surplus),
		"duplicates": float64(s.Ledger.Duplicates), "reordered": float64(a.reordered),
		"stored_in_1970": float64(a.in1970), "settled_in": s.Conservation.Waited * 1000,
		"throttled_events": float64(a.throttled), "throttled_requests": float64(s.Amplitude.Statuses["429"]),
		"throttled_devices": float64(len(a.throttledIDs)), "throttled_innocents": float64(a.innocents),

		"delay_p50": ms(a.all.quantile(0.5)), "delay_p99": ms(a.all.quantile(0.99)), "delay_max": ms(a.all.quantile(1)),
		"innocent_p50": ms(innocent.quantile(0.5)), "innocent_p99": ms(innocent.quantile(0.99)), "innocent_max": ms(innocent.quantile(1)),
		"hot_p50": ms(a.hot.quantile(0.5)), "hot_p99": ms(a.hot.quantile(0.99)), "hot_max": ms(a.hot.quantile(1)),
	}
	if a.delivered > 0 {
		v["waste"] = float64(s.Amplitude.Events) / float64(a.delivered)
	}
	if len(a.calm) > 0 && len(a.stressed) > 0 {
		v["innocent_p99_ratio"] = a.stressed.ratio(a.calm)
	}
	family(v, "answers", s.Statuses)
	family(v, "amplitude", s.Amplitude.Statuses)
	family(v, "planned", members(s.Ledger.Planned))
	if l := s.Ledger.Exporter; l != nil {
		v["read"], v["held"] = float64(l.Read), float64(l.Held)
		v["dropped"] = family(v, "dropped", l.Dropped)
		v["dead_lettered"] = family(v, "dead_lettered", l.DeadLettered)
		v["faults"] = family(v, "faults", l.Faults)
	}
	return v
}

// family adds the members of a family and returns their sum.
func family(v scenario.Values, name string, members map[string]uint64) (sum float64) {
	v[name+"."] = 0 // measured
	for member, n := range members {
		v[name+"."+member] = float64(n)
		sum += float64(n)
	}
	return sum
}

// members are the counts of a plan by their names in JSON.
func members(p loadgen.Planned) map[string]uint64 {
	text, err := json.Marshal(p)
	if err != nil {
		return nil
	}
	var m map[string]uint64
	if json.Unmarshal(text, &m) != nil {
		return nil
	}
	return m
}

func farSide(l control.Ledger) *loadgen.FarSide {
	f := &loadgen.FarSide{
		Requests: l.Requests, Events: l.Events, Reasons: l.Reasons,
		Statuses: map[string]uint64{}, Outcomes: map[string]uint64{},
	}
	for status, n := range l.Statuses {
		f.Statuses[strconv.Itoa(status)] = n
	}
	for outcome, n := range l.Outcomes {
		f.Outcomes[string(outcome)] = n
	}
	return f
}
