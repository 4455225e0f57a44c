// Package metrics shows what the exporter does to Prometheus. Every number comes
// from one snapshot taken at the scrape, so that they fit together; nothing is
// counted here. No label holds an id, so the number of series is small; that of types
// which are not known is bounded by the exporter.
package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ammeter/ammeter/exporter/internal/dispatch"
	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// Snapshot is the state of an exporter at one moment.
type Snapshot struct {
	Ledger   ledger.Counts
	Delivery dispatch.Stats
	// RefusedPosts counts posts that were refused by reason.
	RefusedPosts map[string]int64
	// OldestHeld is for how long the oldest held event has been waiting.
	OldestHeld time.Duration
	Queue      *queue.Stats // nil: it does not answer, and its metrics are left out
	// Ready is set while a post would be stored and delivered.
	Ready bool
	// GraceLeft is how long events are still kept while Amplitude refuses the key.
	GraceLeft time.Duration
	HasGrace  bool // false: the key is not refused, or events are kept without end
	Input     Input
}

// Input is how far finite inputs are read.
type Input struct {
	Finished int64 // inputs that were read to their ends
	Reading  bool  // false: none is being read, and the rest is zero
	// Size and Position are in bytes, before unpacking. Size is zero where it is not known.
	Size, Position int64
	// Age is how long ago the input was written, zero where that is not known.
	Age time.Duration
}

// Handler serves /metrics from registries of its own: a snapshot, and what collects
// uploads. snapshot must be safe for concurrent use.
func Handler(snapshot func(context.Context) Snapshot, uploads *Uploads) http.Handler {
	process := prometheus.NewRegistry()
	process.MustRegister(
		uploads,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A registry for each scrape, so that the queue is read for no longer than
		// the scraper waits.
		state := prometheus.NewRegistry()
		state.MustRegister(collector(snapshot(r.Context())))
		promhttp.HandlerFor(prometheus.Gatherers{state, process}, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})
}

// metric is one number of a snapshot, or one for each value of a label.
type metric struct {
	desc    *prometheus.Desc
	kind    prometheus.ValueType
	value   func(*Snapshot) float64          // of a metric without a label
	present func(*Snapshot) bool             // nil: always
	byLabel func(*Snapshot) map[string]int64 // of one with a label
}

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

func single(name, help string, kind prometheus.ValueType, value func(*Snapshot) float64) metric {
	return metric{desc: prometheus.NewDesc("currents_exporter_"+name, help, nil, nil), kind: kind, value: value}
}

func labeled(name, help, label string, byLabel func(*Snapshot) map[string]int64) metric {
	return metric{desc: prometheus.NewDesc("currents_exporter_"+name, help, []string{label}, nil), kind: counter, byLabel: byLabel}
}

// when leaves a metric out of snapshots for which present is false.
func (m metric) when(present func(*Snapshot) bool) metric {
	m.present = present
	return m
}

func hasQueue(s *Snapshot) bool { return s.Queue != nil }

func isReading(s *Snapshot) bool { return s.Input.Reading }

var all = []metric{
	single("events_read_total", "Events read from the sources.", counter, func(s *Snapshot) float64 { return float64(s.Ledger.Read) }),
	single("events_accepted_total", "Events Amplitude accepted.", counter, func(s *Snapshot) float64 { return float64(s.Ledger.Accepted) }),
	single("events_not_ingested_total", "Events of successful uploads beyond the number Amplitude says it took.", counter, func(s *Snapshot) float64 { return float64(s.Ledger.NotIngested) }),
	labeled("events_dropped_total", "Events dropped before sending.", "reason", func(s *Snapshot) map[string]int64 { return s.Ledger.Dropped }),
	labeled("events_dead_lettered_total", "Events Amplitude will never take.", "reason", func(s *Snapshot) map[string]int64 { return s.Ledger.DeadLettered }),
	labeled("dead_letters_not_kept_total", "Dead letters that were counted and not kept, for want of room or of a place.", "reason", func(s *Snapshot) map[string]int64 { return s.Ledger.Unkept }),
	labeled("events_faulty_total", "Events sent in spite of a fault.", "reason", func(s *Snapshot) map[string]int64 { return s.Ledger.Faults }),
	single("events_unaccounted_total", "Events read of which damage of the queue hides what became of them.", counter, func(s *Snapshot) float64 { return float64(s.Ledger.Unaccounted) }),
	single("uncounted_losses_total", "Damaged places of inputs or of the queue where an unknown number of events was lost.", counter, func(s *Snapshot) float64 { return float64(s.Ledger.UncountedLosses) }),
	labeled("events_unknown_type_total", "Events of types that are not known, dropped or dead-lettered.", "type", func(s *Snapshot) map[string]int64 { return s.Ledger.Unknown }),
	labeled("events_not_exported_total", "Events of known types that Amplitude is not sent.", "type", func(s *Snapshot) map[string]int64 { return s.Ledger.NotExported }),
	labeled("posts_refused_total", "Posts that were refused.", "reason", func(s *Snapshot) map[string]int64 { return s.RefusedPosts }),
	single("events_held", "Events taken and not settled yet.", gauge, func(s *Snapshot) float64 { return float64(s.Ledger.Held) }),
	single("requests_total", "Uploads to Amplitude.", counter, func(s *Snapshot) float64 { return float64(s.Delivery.Requests) }),
	labeled("answers_total", "Uploads by the class of their answer.", "class", func(s *Snapshot) map[string]int64 { return s.Delivery.Answers }),
	single("events_sent_total", "Events in uploads, repeats included.", counter, func(s *Snapshot) float64 { return float64(s.Delivery.EventsSent) }),
	single("waste_ratio", "Events sent per event accepted; 1 is no waste at all.", gauge, func(s *Snapshot) float64 {
		return float64(s.Delivery.EventsSent) / float64(s.Ledger.Accepted)
	}).when(func(s *Snapshot) bool { return s.Ledger.Accepted > 0 }),
	single("lag_seconds", "Age of the event accepted last, at that moment; 0 when none was accepted for a minute.", gauge, func(s *Snapshot) float64 {
		if !s.Delivery.HasLag {
			return 0
		}
		return s.Delivery.Lag.Seconds()
	}),
	single("oldest_held_seconds", "For how long the oldest held event has been waiting.", gauge, func(s *Snapshot) float64 { return s.OldestHeld.Seconds() }),
	single("throttled_ids", "Devices and users that Amplitude throttles, for their rate or their daily quota.", gauge, func(s *Snapshot) float64 { return float64(s.Delivery.Throttled) }),
	single("paused_lanes", "Devices and users that an operator has paused.", gauge, func(s *Snapshot) float64 { return float64(s.Delivery.Paused) }),
	single("queue_bytes", "Size of what the queue holds, delayed events included.", gauge, func(s *Snapshot) float64 {
		return float64(s.Queue.Bytes + s.Queue.DelayedBytes)
	}).when(hasQueue),
	single("queue_max_bytes", "Bound of queue_bytes; a queue that reaches it takes nothing.", gauge, func(s *Snapshot) float64 {
		return float64(s.Queue.MaxBytes)
	}).when(func(s *Snapshot) bool { return hasQueue(s) && s.Queue.MaxBytes > 0 }),
	single("dead_letters_stored", "Dead letters that wait for somebody to look at them.", gauge, func(s *Snapshot) float64 { return float64(s.Queue.DeadLetters) }).when(hasQueue),
	single("queue_corrupt_blocks_total", "Stored blocks that could not be read; they are among the dead letters.", counter, func(s *Snapshot) float64 { return float64(s.Queue.Corrupt) }).when(hasQueue),
	single("queue_damaged", "1 if files of the queue are not what was written: events may be lost.", gauge, func(s *Snapshot) float64 { return flag(s.Queue.Damaged) }).when(hasQueue),
	single("api_key_refused", "1 while Amplitude refuses the API key.", gauge, func(s *Snapshot) float64 { return flag(s.Delivery.KeyRefused) }),
	single("api_key_grace_left_seconds", "For how long events are still kept while Amplitude refuses the API key; left out while it does not.", gauge, func(s *Snapshot) float64 {
		return s.GraceLeft.Seconds()
	}).when(func(s *Snapshot) bool { return s.HasGrace }),
	single("ready", "1 while a post would be stored and delivered, as /readyz says.", gauge, func(s *Snapshot) float64 { return flag(s.Ready) }),
	single("inputs_finished_total", "Files and objects that were read to their ends.", counter, func(s *Snapshot) float64 { return float64(s.Input.Finished) }),
	single("input_position_bytes", "How far the present input is read, before unpacking; left out while none is read.", gauge, func(s *Snapshot) float64 {
		return float64(s.Input.Position)
	}).when(isReading),
	single("input_size_bytes", "Size of the present input, 0 if it is not known; left out while none is read.", gauge, func(s *Snapshot) float64 {
		return float64(s.Input.Size)
	}).when(isReading),
	single("input_age_seconds", "How long ago the present input was written; 0 when none is read, or that is not known.", gauge, func(s *Snapshot) float64 {
		return s.Input.Age.Seconds()
	}),
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

// collector turns a snapshot into metrics.
type collector Snapshot

var _ prometheus.Collector = collector{}

// Describe sends the descriptions of all metrics.
func (collector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range all {
		ch <- m.desc
	}
}

// Collect sends the metrics of one snapshot.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	s := (*Snapshot)(&c)
	for _, m := range all {
		if m.present != nil && !m.present(s) {
			continue
		}
		if m.value != nil {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(s))
			continue
		}
		for label, n := range m.byLabel(s) {
			ch <- prometheus.MustNewConstMetric(m.desc, m.kind, float64(n), label)
		}
	}
}
