package metrics

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ammeter/ammeter/exporter/internal/dispatch"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

func example() Snapshot {
	return Snapshot{
		Ledger: ledger.Counts{
			Read: 100, Accepted: 80, Held: 8, Unaccounted: 3, UncountedLosses: 2,
			Dropped:      map[string]int64{"malformed": 5, "unaddressable": 2},
			DeadLettered: map[string]int64{"oversize": 2},
			Unkept:       map[string]int64{"oversize": 1},
			Faults:       map[string]int64{"malformed_custom_properties": 1},
			Unknown:      map[string]int64{"users.messages.telegram.Send": 4},
			NotExported:  map[string]int64{"users.RandomBucketNumberUpdate": 7},
		},
		Delivery: dispatch.Stats{
			Requests: 4, EventsSent: 120, Answers: map[string]int64{"success": 3, "throttle": 1},
			KeyRejected: true, Throttled: 6, Paused: 1, Lag: 1500 * time.Millisecond, HasLag: true,
		},
		TurnedAway: map[string]int64{"unauthorized": 2, "too_large": 1},
		OldestHeld: time.Minute, Queue: &queue.Stats{Bytes: 4000, DelayedBytes: 96, DeadLetters: 3, Corrupt: 2, Damaged: true},
	}
}

const exposition = `
# HELP currents_exporter_answers_total Uploads by the class of their answer.
# TYPE currents_exporter_answers_total counter
currents_exporter_answers_total{class="success"} 3
currents_exporter_answers_total{class="throttle"} 1
# HELP currents_exporter_api_key_refused 1 while Amplitude refuses the API key.
# TYPE currents_exporter_api_key_refused gauge
currents_exporter_api_key_refused 1
# HELP currents_exporter_dead_letters_not_kept_total Dead letters that were counted and not kept, for want of room or of a place.
# TYPE currents_exporter_dead_letters_not_kept_total counter
currents_exporter_dead_letters_not_kept_total{reason="oversize"} 1
# HELP currents_exporter_dead_letters_stored Dead letters that wait for somebody to look at them.
# TYPE currents_exporter_dead_letters_stored gauge
currents_exporter_dead_letters_stored 3
# HELP currents_exporter_events_accepted_total Events Amplitude accepted.
# TYPE currents_exporter_events_accepted_total counter
currents_exporter_events_accepted_total 80
# HELP currents_exporter_events_dead_lettered_total Events Amplitude will never take.
# TYPE currents_exporter_events_dead_lettered_total counter
currents_exporter_events_dead_lettered_total{reason="oversize"} 2
# HELP currents_exporter_events_dropped_total Events dropped before sending.
# TYPE currents_exporter_events_dropped_total counter
currents_exporter_events_dropped_total{reason="malformed"} 5
currents_exporter_events_dropped_total{reason="unaddressable"} 2
# HELP currents_exporter_events_faulty_total Events sent in spite of a fault.
# TYPE currents_exporter_events_faulty_total counter
currents_exporter_events_faulty_total{reason="malformed_custom_properties"} 1
# HELP currents_exporter_events_held Events taken and not settled yet.
# TYPE currents_exporter_events_held gauge
currents_exporter_events_held 8
# HELP currents_exporter_events_not_exported_total Events of known types that Amplitude is not sent.
# TYPE currents_exporter_events_not_exported_total counter
currents_exporter_events_not_exported_total{type="users.RandomBucketNumberUpdate"} 7
# HELP currents_exporter_events_not_ingested_total Events of successful uploads beyond the number Amplitude says it took.
# TYPE currents_exporter_events_not_ingested_total counter
currents_exporter_events_not_ingested_total 0
# HELP currents_exporter_events_read_total Events read from the sources.
# TYPE currents_exporter_events_read_total counter
currents_exporter_events_read_total 100
# HELP currents_exporter_events_sent_total Events in uploads, repeats included.
# TYPE currents_exporter_events_sent_total counter
currents_exporter_events_sent_total 120
# HELP currents_exporter_events_unaccounted_total Events read of which damage of the queue hides what became of them.
# TYPE currents_exporter_events_unaccounted_total counter
currents_exporter_events_unaccounted_total 3
# HELP currents_exporter_events_unknown_type_total Events of types that are not known, dropped or dead-lettered.
# TYPE currents_exporter_events_unknown_type_total counter
currents_exporter_events_unknown_type_total{type="users.messages.telegram.Send"} 4
# HELP currents_exporter_lag_seconds Age of the event accepted last, at that moment; left out when none was accepted for a minute.
# TYPE currents_exporter_lag_seconds gauge
currents_exporter_lag_seconds 1.5
# HELP currents_exporter_oldest_held_seconds For how long the oldest held event has been waiting.
# TYPE currents_exporter_oldest_held_seconds gauge
currents_exporter_oldest_held_seconds 60
# HELP currents_exporter_parked_ids Devices and users left alone, being throttled or over their quota.
# TYPE currents_exporter_parked_ids gauge
currents_exporter_parked_ids 6
# HELP currents_exporter_paused_lanes Devices and users that an operator has paused.
# TYPE currents_exporter_paused_lanes gauge
currents_exporter_paused_lanes 1
# HELP currents_exporter_posts_turned_away_total Posts that were turned away.
# TYPE currents_exporter_posts_turned_away_total counter
currents_exporter_posts_turned_away_total{reason="too_large"} 1
currents_exporter_posts_turned_away_total{reason="unauthorized"} 2
# HELP currents_exporter_queue_bytes Size of what the queue holds, delayed events included.
# TYPE currents_exporter_queue_bytes gauge
currents_exporter_queue_bytes 4096
# HELP currents_exporter_queue_corrupt_blocks_total Stored blocks that could not be read; they are among the dead letters.
# TYPE currents_exporter_queue_corrupt_blocks_total counter
currents_exporter_queue_corrupt_blocks_total 2
# HELP currents_exporter_queue_damaged 1 if files of the queue are not what was written: events may be lost.
# TYPE currents_exporter_queue_damaged gauge
currents_exporter_queue_damaged 1
# HELP currents_exporter_requests_total Uploads to Amplitude.
# TYPE currents_exporter_requests_total counter
currents_exporter_requests_total 4
# HELP currents_exporter_uncounted_losses_total Damaged places of inputs or of the queue where an unknown number of events was lost.
# TYPE currents_exporter_uncounted_losses_total counter
currents_exporter_uncounted_losses_total 2
# HELP currents_exporter_waste_ratio Events sent per event accepted; 1 is no waste at all.
# TYPE currents_exporter_waste_ratio gauge
currents_exporter_waste_ratio 1.5
`

func TestCollector(t *testing.T) {
	t.Parallel()
	c := collector(example())
	if err := testutil.CollectAndCompare(c, strings.NewReader(exposition)); err != nil {
		t.Error(err)
	}
	problems, err := testutil.CollectAndLint(c)
	if err != nil || len(problems) != 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
}

// Before anything is accepted there is no ratio to speak of, and a queue that does not
// answer has no size.
func TestCollector_idle(t *testing.T) {
	t.Parallel()
	idle := collector{}
	if n := testutil.CollectAndCount(idle, "currents_exporter_waste_ratio"); n != 0 {
		t.Errorf("%d ratios, want none", n)
	}
	if n := testutil.CollectAndCount(idle, "currents_exporter_lag_seconds"); n != 0 {
		t.Errorf("%d lags, want none", n)
	}
	if n := testutil.CollectAndCount(idle, "currents_exporter_queue_bytes"); n != 0 {
		t.Errorf("%d sizes, want none", n)
	}
	if n := testutil.CollectAndCount(idle, "currents_exporter_api_key_refused"); n != 1 {
		t.Errorf("%d key states, want one", n)
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	Handler(func(context.Context) Snapshot { return example() }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for _, want := range []string{"currents_exporter_events_held 8\n", "go_goroutines ", "process_cpu_seconds_total "} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("answer %d lacks %q", w.Code, want)
		}
	}
}
