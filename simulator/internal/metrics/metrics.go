// Package metrics shows the state of the simulator to Prometheus. It counts nothing
// itself: at every scrape it reads what the simulator keeps anyway, so that an
// upload costs no more for it.
package metrics

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ammeter/ammeter/simulator/internal/cohort"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
)

// prefix begins the names of all metrics but those of the Go runtime.
const prefix = "amplitude_simulator_"

var (
	requests = desc("requests_total", "Requests by endpoint (\"other\" for none) and status (\"none\" if a fault kept back the answer).", "endpoint", "status")
	events   = desc("events_total", "Events by outcome and reason.", "outcome", "reason")
	tracked  = desc("tracked", "Devices and users with windows in memory.")
	bound    = desc("tracked_max", "Bound on the devices and users of a project; 0 for none.")
	full     = desc("tracked_saturation", "How near the fullest project is to its bound, from 0 to 1.")
	refused  = desc("refused_by_memory_total", "Events refused because of the bound.")
	inserts  = desc("insert_ids", "Insert ids remembered.")
	projects = desc("projects", "Projects that have received something.")
	bytes    = desc("journal_bytes", "Memory of the journal.")
	maxBytes = desc("journal_bytes_max", "Bound on the memory of the journal.")
	fired    = desc("faults_fired_total", "Requests that a fault was applied to, by its kind.", "kind")
	syncs    = desc("cohort_syncs", "Cohorts that are synced, by the state of their sync.", "state")
	now      = desc("clock_seconds", "The simulator's clock, in seconds since 1970.")
	build    = desc("build_info", "Always 1; the version is a label.", "version")

	all = []*prometheus.Desc{requests, events, tracked, bound, full, refused, inserts, projects, bytes, maxBytes, fired, syncs, now, build}
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// New returns the handler that Prometheus scrapes.
func New(s *ingestion.Service, cohorts *cohort.Registry, version string) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collector{s, cohorts, version},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

type collector struct {
	service *ingestion.Service
	cohorts *cohort.Registry
	version string
}

var _ prometheus.Collector = collector{}

// Describe implements prometheus.Collector.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range all {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, a := range c.service.RequestCounts() {
		count(requests, a.Requests, endpoint(a.Endpoint), status(a.Status))
	}
	for _, t := range c.service.Journal.Totals() {
		count(events, t.Events, string(t.Outcome.Name()), t.Reason.String())
	}
	for kind, n := range c.service.Faults.Fired() {
		count(fired, n, string(kind))
	}
	for state, n := range c.cohorts.States() {
		gauge(syncs, float64(n), string(state))
	}
	st := c.service.State()
	gauge(tracked, float64(st.Tracked))
	gauge(bound, float64(st.MaxTracked))
	gauge(full, c.service.Saturation())
	count(refused, st.RefusedByMemory)
	gauge(inserts, float64(st.InsertIDs))
	gauge(projects, float64(st.Projects))
	gauge(bytes, float64(st.JournalBytes))
	gauge(maxBytes, float64(st.MaxJournalBytes))
	gauge(now, float64(c.service.Clock.Now().UnixMilli())/1000)
	gauge(build, 1, c.version)
}

func endpoint(path string) string {
	if path == "" {
		return "other"
	}
	return path
}

func status(code int) string {
	if code == 0 {
		return "none"
	}
	return strconv.Itoa(code)
}
