package report

import (
	"slices"
	"strings"
)

// meaning says what metrics are, in the words of the README of the scenarios. In a name, a
// word in capitals and the sign … stand for anything.
type meaning struct {
	Metrics []string
	Text    string
}

var meanings = []meaning{
	{[]string{"due", "accepted", "rejected", "neighbors", "failed", "unsent"}, `events by their outcome at the target`},
	{[]string{"p50", "p90", "p95", "p99", "p999", "max"}, `latency of requests to the target, from when they were due`},
	{[]string{"answers.STATUS"}, `the target's answers`},
	{[]string{"expected", "delivered", "lost", "unexpected", "duplicates"}, `distinct events at the simulator: had to arrive, did, did not, should not have; came again`},
	{[]string{"reordered"}, `arrived after an event of the same device that was due a second later or more`},
	{[]string{"stored_in_1970"}, `accepted with a time in seconds`},
	{[]string{"delay_p50", "delay_p99", "delay_max", "other_…", "hot_…"}, `from when an event was due to its acceptance by the simulator`},
	{[]string{"other_p99_ratio"}, `others' p99 delay in phases with hot devices, to that in phases without. Less than 250 ms counts as 250 ms; on a busy machine less than twice the p99 of posts at that time counts as that, up to 750 ms`},
	{[]string{"throttled_events", "throttled_requests", "throttled_devices", "throttled_others"}, `named in a 429 of the simulator`},
	{[]string{"waste"}, `events the simulator was sent for each one delivered`},
	{[]string{"amplitude.STATUS"}, `the simulator's answers`},
	{[]string{"settled_in"}, `from the end of the load until the exporter held nothing`},
	{[]string{"read", "held", "dropped", "dropped.REASON", "dead_lettered", "dead_lettered.REASON", "faults", "faults.REASON"}, `the exporter's ledger`},
	{[]string{"planned.MEMBER"}, "of the plan: `events distinct deliverable duplicates late hot unaddressable malformed short_ids seconds`"},
}

// speaksOf are the requirements on an exporter that a threshold is about, by its metric or
// the beginning of that.
var speaksOf = []struct {
	metric string
	ids    []string
}{
	{"lost", []string{"RATE-002", "RETRY-006", "KEY-001"}},
	{"delivered", []string{"RATE-002", "RETRY-006", "KEY-001"}},
	{"duplicates", []string{"DUP-002"}},
	{"reordered", []string{"RATE-006", "REST-002"}},
	{"stored_in_1970", []string{"VAL-001"}},
	{"other_", []string{"RATE-003"}},
	{"hot_", []string{"RATE-005"}},
	{"throttled_requests", []string{"RATE-004"}},
	{"throttled_others", []string{"RATE-007"}},
	{"waste", []string{"DUP-001", "RETRY-005", "KEY-002"}},
	{"settled_in", []string{"RETRY-007", "KEY-003"}},
	{"held", []string{"KEY-001"}},
	{"dropped.key_expired", []string{"KEY-005"}},
	{"answers.400", []string{"IN-001"}},
}

// requirement is one of the conformance suite. The suite is not imported: its words are
// repeated here, and a test compares them.
type requirement struct{ ID, Text, Source string }

var requirements = []requirement{
	{"DUP-001", "What was accepted is not sent again, and what a refusal left over is sent again once.", "derived"},
	{"DUP-002", "Events that Braze posts twice are stored once.", "Amplitude: HTTP V2 API (insert_id deduplicates)"},
	{"IN-001", "The neighbors of elements that are no events, in the same post, are delivered.", "derived"},
	{"KEY-001", "Events taken while the API key is refused are not lost.", "Braze: Amplitude for Currents (48 hours of grace)"},
	{"KEY-002", "A refused API key does not set off a storm of requests.", "derived"},
	{"KEY-003", "Delivery resumes by itself when the API key works again.", "Braze: Amplitude for Currents"},
	{"KEY-005", "Events held for longer than the grace of a refused key are dropped, and do not arrive late.", "Braze: Amplitude for Currents (after 48 hours events are dropped, for good)"},
	{"RATE-002", "A burst of one device above 30 events/s is delivered completely.", "Braze: Amplitude for Currents"},
	{"RATE-003", "A burst of one device does not delay the events of other devices.", "Amplitude: HTTP V2 API (limits are per device)"},
	{"RATE-004", "After a 429 nothing is sent for the throttled device until the pause is over.", "Amplitude: HTTP V2 API (429: wait 30 seconds)"},
	{"RATE-005", "The events of a throttled device are delivered after the pause.", "Amplitude: HTTP V2 API (429: pause, then send again)"},
	{"RATE-006", "The events of a throttled device are delivered in the order they came.", "Amplitude: HTTP V2 API (events of a device are processed in order)"},
	{"RATE-007", "Events that shared a request with a throttled device are delivered before that device's pause is over.", "Amplitude: HTTP V2 API (429 names the throttled events)"},
	{"REST-002", "Events of a device keep their order across a restart.", "derived"},
	{"RETRY-005", "An outage does not set off a storm of requests.", "derived"},
	{"RETRY-006", "No event is lost in an outage that outlasts several tries.", "Amplitude: HTTP V2 API (5xx: try again)"},
	{"RETRY-007", "Delivery resumes by itself soon after an outage.", "derived"},
	{"VAL-001", "The time sent is in milliseconds; Currents gives seconds.", "Amplitude: HTTP V2 API; Braze: Currents event glossary"},
}

// meaningOf returns what a metric is, and false for a word that is none.
func meaningOf(metric string) (meaning, bool) {
	for _, m := range meanings {
		if slices.Contains(m.Metrics, metric) {
			return m, true
		}
	}
	for _, m := range meanings {
		for _, name := range m.Metrics {
			open := strings.IndexAny(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ…")
			if open > 0 && len(metric) > open && strings.HasPrefix(metric, name[:open]) {
				return m, true
			}
		}
	}
	return meaning{}, false
}

// requirementsOf returns those that a threshold about a metric speaks of.
func requirementsOf(metric string) []requirement {
	var all []requirement
	for _, s := range speaksOf {
		if !strings.HasPrefix(metric, s.metric) {
			continue
		}
		for _, r := range requirements {
			if slices.Contains(s.ids, r.ID) {
				all = append(all, r)
			}
		}
	}
	return all
}
