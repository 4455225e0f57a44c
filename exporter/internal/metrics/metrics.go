// Package metrics shows what the exporter does to Prometheus. Every number comes
// from one snapshot taken at the scrape, so that they fit together; nothing is
// counted here. No label holds an id, so the number of series is small and fixed.
package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ammeter/ammeter/exporter/internal/ledger"
)

// Snapshot is the state of an exporter at one moment.
type Snapshot struct {
	Ledger ledger.Counts
	// Requests were answered or failed, and carried EventsSent in all. Answers
	// counts them by class.
	Requests, EventsSent int64
	Answers              map[string]int64
	KeyRefused           bool
	// Parked is the number of ids left alone at present.
	Parked int
	// Lag is how old the event accepted last was then.
	Lag time.Duration
	// OldestHeld is for how long the oldest held event has been waiting.
	OldestHeld time.Duration
	Queue      *Queue // nil: it does not answer, and its metrics are left out
}

// Queue is the state of the queue.
type Queue struct {
	Bytes       int64
	DeadLetters int64
	Oldest      time.Time // when the oldest block was stored; zero: not known
	Corrupt     int64     // blocks that could not be read
	Damaged     bool      // its files are not what was written
}

// Handler serves /metrics from registries of its own. snapshot must be safe for
// concurrent use.
func Handler(snapshot func(context.Context) Snapshot) http.Handler {
	process := prometheus.NewRegistry()
	process.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A registry for each scrape, so that the queue is asked no longer than
		// the scraper waits.
		state := prometheus.NewRegistry()
		state.MustRegister(collector(snapshot(r.Context())))
		promhttp.HandlerFor(prometheus.Gatherers{state, process}, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	})
}

// collector turns a snapshot into metrics.
type collector Snapshot

var _ prometheus.Collector = collector{}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("currents_exporter_"+name, help, labels, nil)
}

var (
	read         = describe("events_read_total", "Events read from the sources.")
	accepted     = describe("events_accepted_total", "Events Amplitude accepted.")
	dropped      = describe("events_dropped_total", "Events dropped before sending.", "reason")
	deadLettered = describe("events_dead_lettered_total", "Events Amplitude will never take.", "reason")
	faults       = describe("events_faulty_total", "Events sent in spite of a fault.", "reason")
	held         = describe("events_held", "Events taken and not settled yet.")
	requests     = describe("requests_total", "Uploads to Amplitude.")
	answers      = describe("answers_total", "Uploads by the class of their answer.", "class")
	sent         = describe("events_sent_total", "Events in uploads, repeats included.")
	waste        = describe("waste_ratio", "Events sent per event accepted; 1 is no waste at all.")
	lag          = describe("lag_seconds", "Age of the event accepted last, at that moment.")
	oldest       = describe("oldest_held_seconds", "For how long the oldest held event has been waiting.")
	parked       = describe("parked_ids", "Devices and users left alone, being throttled or over their quota.")
	queueBytes   = describe("queue_bytes", "Size of what the queue holds, parked events included.")
	letters      = describe("dead_letters_stored", "Dead letters that wait for somebody to look at them.")
	corrupt      = describe("queue_corrupt_blocks_total", "Stored blocks that could not be read; they are among the dead letters.")
	damaged      = describe("queue_damaged", "1 if files of the queue are not what was written: events may be lost.")
	keyRefused   = describe("api_key_refused", "1 while Amplitude refuses the API key.")
)

// Describe sends the descriptions of all metrics.
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		read, accepted, dropped, deadLettered, faults, held, requests, answers, sent,
		waste, lag, oldest, parked, queueBytes, letters, corrupt, damaged, keyRefused,
	} {
		ch <- d
	}
}

// Collect sends the metrics of one snapshot.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	s := Snapshot(c)
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	counts := func(d *prometheus.Desc, byLabel map[string]int64) {
		for label, n := range byLabel {
			send(d, prometheus.CounterValue, float64(n), label)
		}
	}
	send(read, prometheus.CounterValue, float64(s.Ledger.Read))
	send(accepted, prometheus.CounterValue, float64(s.Ledger.Accepted))
	counts(dropped, s.Ledger.Dropped)
	counts(deadLettered, s.Ledger.DeadLettered)
	counts(faults, s.Ledger.Faults)
	send(held, prometheus.GaugeValue, float64(s.Ledger.Held))
	send(requests, prometheus.CounterValue, float64(s.Requests))
	counts(answers, s.Answers)
	send(sent, prometheus.CounterValue, float64(s.EventsSent))
	if s.Ledger.Accepted > 0 {
		send(waste, prometheus.GaugeValue, float64(s.EventsSent)/float64(s.Ledger.Accepted))
	}
	send(lag, prometheus.GaugeValue, s.Lag.Seconds())
	send(oldest, prometheus.GaugeValue, s.OldestHeld.Seconds())
	send(parked, prometheus.GaugeValue, float64(s.Parked))
	if q := s.Queue; q != nil {
		send(queueBytes, prometheus.GaugeValue, float64(q.Bytes))
		send(letters, prometheus.GaugeValue, float64(q.DeadLetters))
		send(corrupt, prometheus.CounterValue, float64(q.Corrupt))
		send(damaged, prometheus.GaugeValue, flag(q.Damaged))
	}
	send(keyRefused, prometheus.GaugeValue, flag(s.KeyRefused))
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
