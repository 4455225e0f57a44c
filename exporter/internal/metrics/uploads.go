package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ammeter/ammeter/exporter/internal/amplitude"
	"github.com/ammeter/ammeter/exporter/internal/dispatch"
)

// uploadBuckets are the upper bounds of the histogram, in seconds. The longest upload is
// given up after 30 s.
var uploadBuckets = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// Uploads measures the uploads of a client. It is a dispatch.Client.
type Uploads struct {
	client   dispatch.Client
	now      func() time.Time
	inFlight prometheus.Gauge
	duration prometheus.Histogram
}

var (
	_ dispatch.Client      = (*Uploads)(nil)
	_ prometheus.Collector = (*Uploads)(nil)
)

// NewUploads returns a client that posts with another one.
func NewUploads(client dispatch.Client, now func() time.Time) *Uploads {
	return &Uploads{
		client: client,
		now:    now,
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "currents_exporter_uploads_in_flight", Help: "Uploads that wait for the answer of Amplitude.",
		}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "currents_exporter_upload_duration_seconds", Buckets: uploadBuckets,
			Help: "Time from the start of an upload to its answer, or to the error in place of one.",
		}),
	}
}

// Post posts an upload and measures it.
func (u *Uploads) Post(ctx context.Context, events [][]byte) (amplitude.Answer, error) {
	began := u.now()
	u.inFlight.Inc()
	defer func() {
		u.inFlight.Dec()
		u.duration.Observe(u.now().Sub(began).Seconds())
	}()
	return u.client.Post(ctx, events) //nolint:wrapcheck // this only measures
}

// Generation is that of the client.
func (u *Uploads) Generation() uint64 { return u.client.Generation() }

// Describe sends the descriptions of the metrics.
func (u *Uploads) Describe(ch chan<- *prometheus.Desc) {
	u.inFlight.Describe(ch)
	u.duration.Describe(ch)
}

// Collect sends the metrics.
func (u *Uploads) Collect(ch chan<- prometheus.Metric) {
	u.inFlight.Collect(ch)
	u.duration.Collect(ch)
}
