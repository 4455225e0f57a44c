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
			KeyRefused: true, Throttled: 6, Paused: 1, Lag: 1500 * time.Millisecond, HasLag: true,
		},
		RefusedPosts: map[string]int64{"unauthorized": 2, "too_large": 1},
		OldestHeld:   time.Minute, Queue: &queue.Stats{Bytes: 4000, MaxBytes: 1 << 20, DelayedBytes: 96, DeadLetters: 3, Corrupt: 2, Damaged: true},
		Ready: true, GraceLeft: 47 * time.Hour, HasGrace: true,
		Input: Input{Finished: 9, Reading: true, Size: 5000, Position: 1200, Age: 90 * time.Second},
	}
}

const exposition = `
# HELP currents_exporter_answers_total Uploads by the class of their answer.
# TYPE currents_exporter_answers_total counter
currents_exporter_answers_total{class="success"} 3
currents_exporter_answers_total{class="throttle"} 1
# HELP currents_exporter_api_key_grace_left_seconds For how long events are still kept while Amplitude refuses the API key; left out while it does not.
# TYPE currents_exporter_api_key_grace_left_seconds gauge
currents_exporter_api_key_grace_left_seconds 169200
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
# HELP currents_exporter_input_age_seconds How long ago the present input was written; 0 when none is read, or that is not known.
# TYPE currents_exporter_input_age_seconds gauge
currents_exporter_input_age_seconds 90
# HELP currents_exporter_input_position_bytes How far the present input is read, before unpacking; left out while none is read.
# TYPE currents_exporter_input_position_bytes gauge
currents_exporter_input_position_bytes 1200
# HELP currents_exporter_input_size_bytes Size of the present input, 0 if it is not known; left out while none is read.
# TYPE currents_exporter_input_size_bytes gauge
currents_exporter_input_size_bytes 5000
# HELP currents_exporter_inputs_finished_total Files and objects that were read to their ends.
# TYPE currents_exporter_inputs_finished_total counter
currents_exporter_inputs_finished_total 9
# HELP currents_exporter_lag_seconds Age of the event accepted last, at that moment; 0 when none was accepted for a minute.
# TYPE currents_exporter_lag_seconds gauge
currents_exporter_lag_seconds 1.5
# HELP currents_exporter_oldest_held_seconds For how long the oldest held event has been waiting.
# TYPE currents_exporter_oldest_held_seconds gauge
currents_exporter_oldest_held_seconds 60
# HELP currents_exporter_throttled_ids Devices and users that Amplitude throttles, for their rate or their daily quota.
# TYPE currents_exporter_throttled_ids gauge
currents_exporter_throttled_ids 6
# HELP currents_exporter_paused_lanes Devices and users that an operator has paused.
# TYPE currents_exporter_paused_lanes gauge
currents_exporter_paused_lanes 1
# HELP currents_exporter_posts_refused_total Posts that were refused.
# TYPE currents_exporter_posts_refused_total counter
currents_exporter_posts_refused_total{reason="too_large"} 1
currents_exporter_posts_refused_total{reason="unauthorized"} 2
# HELP currents_exporter_queue_bytes Size of what the queue holds, delayed events included.
# TYPE currents_exporter_queue_bytes gauge
currents_exporter_queue_bytes 4096
# HELP currents_exporter_queue_corrupt_blocks_total Stored blocks that could not be read; they are among the dead letters.
# TYPE currents_exporter_queue_corrupt_blocks_total counter
currents_exporter_queue_corrupt_blocks_total 2
# HELP currents_exporter_queue_damaged 1 if files of the queue are not what was written: events may be lost.
# TYPE currents_exporter_queue_damaged gauge
currents_exporter_queue_damaged 1
# HELP currents_exporter_queue_max_bytes Bound of queue_bytes; a queue that reaches it takes nothing.
# TYPE currents_exporter_queue_max_bytes gauge
currents_exporter_queue_max_bytes 1.048576e+06
# HELP currents_exporter_ready 1 while a post would be stored and delivered, as /readyz says.
# TYPE currents_exporter_ready gauge
currents_exporter_ready 1
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
	idle.Delivery.Lag = time.Second // of long ago
	const lag = `
# HELP currents_exporter_lag_seconds Age of the event accepted last, at that moment; 0 when none was accepted for a minute.
# TYPE currents_exporter_lag_seconds gauge
currents_exporter_lag_seconds 0
`
	if err := testutil.CollectAndCompare(idle, strings.NewReader(lag), "currents_exporter_lag_seconds"); err != nil {
		t.Error(err)
	}
	for _, absent := range []string{"api_key_grace_left_seconds", "input_position_bytes", "input_size_bytes", "queue_max_bytes"} {
		if n := testutil.CollectAndCount(idle, "currents_exporter_"+absent); n != 0 {
			t.Errorf("%s is there %d times, want it left out", absent, n)
		}
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
	uploads := NewUploads(nil, time.Now)
	Handler(func(context.Context) Snapshot { return example() }, uploads).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	for _, want := range []string{"currents_exporter_events_held 8\n", "go_goroutines ", "process_cpu_seconds_total ", "currents_exporter_uploads_in_flight 0\n"} {
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("answer %d lacks %q", w.Code, want)
		}
	}
}
