package runner

import (
	"encoding/json"
	"strconv"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/control"
)

// values are the metrics of a run by the names that thresholds use.
func values(s *loadgen.Summary, a *journal) scenario.Values {
	all, other, hot := s.Delivery.All, s.Delivery.All, loadgen.Quantiles{}
	if s.Delivery.Hot != nil {
		other, hot = *s.Delivery.Other, *s.Delivery.Hot
	}
	v := scenario.Values{
		"due": float64(s.Events.Due), "accepted": float64(s.Events.Accepted), "rejected": float64(s.Events.Rejected),
		"neighbors": float64(s.Events.Neighbors), "failed": float64(s.Events.Failed), "unsent": float64(s.Events.Dropped),
		"p50": s.Latency.Intended.P50, "p90": s.Latency.Intended.P90, "p95": s.Latency.Intended.P95,
		"p99": s.Latency.Intended.P99, "p999": s.Latency.Intended.P999, "max": s.Latency.Intended.Max,

		"expected": float64(s.Conservation.Expected), "delivered": float64(a.delivered),
		"lost": float64(s.Conservation.Lost), "unexpected": float64(s.Conservation.Unexpected),
		"duplicates": float64(s.Ledger.Duplicates), "reordered": float64(a.reordered),
		"stored_in_1970": float64(a.in1970), "settled_in": s.Conservation.Waited * 1000,
		"throttled_events": float64(a.throttled), "throttled_requests": float64(s.Amplitude.Statuses["429"]),
		"throttled_devices": float64(len(a.throttledIDs)), "throttled_others": float64(a.others),

		"delay_p50": all.P50, "delay_p99": all.P99, "delay_max": all.Max,
		"other_p50": other.P50, "other_p99": other.P99, "other_max": other.Max,
		"hot_p50": hot.P50, "hot_p99": hot.P99, "hot_max": hot.Max,
	}
	if a.delivered > 0 {
		v["waste"] = float64(s.Amplitude.Events) / float64(a.delivered)
	}
	if ratio, ok := a.ratio(); ok {
		v["other_p99_ratio"] = ratio
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

func amplitudeLedger(l control.Ledger) *loadgen.AmplitudeLedger {
	f := &loadgen.AmplitudeLedger{
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
