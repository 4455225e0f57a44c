package loadgen

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// SummaryFormat names the layout of a Summary. It changes when a member changes
// its meaning or goes away, not when one is added.
const SummaryFormat = "ammeter-loadgen-summary/2"

// Summary is a Result as it is written to summary.json. Latencies are in
// milliseconds, lengths of time in seconds, rates in events per second.
type Summary struct {
	Format  string    `json:"format"`
	Version string    `json:"version"` // of the binary
	Plan    PlanInfo  `json:"plan"`
	Started time.Time `json:"started"`
	Elapsed float64   `json:"elapsed_s"`
	Verdict Verdict   `json:"verdict"`
	Why     string    `json:"why,omitempty"`

	Sends    Sends             `json:"requests"`
	Events   Outcomes          `json:"events"`
	Statuses map[string]uint64 `json:"statuses"`
	Errors   map[string]uint64 `json:"errors"`
	Senders  int               `json:"senders"`
	// Offered is the rate of events due, Achieved that of events sent, over the
	// length of the plan or of the run if that was shorter.
	Offered  float64 `json:"offered_eps"`
	Achieved float64 `json:"achieved_eps"`

	Latency Latencies `json:"latency_ms"`
	Series  Series    `json:"series"`
	Devices []Device  `json:"devices,omitempty"`
	// Types counts the events due by Braze event type.
	Types map[string]uint64 `json:"types,omitempty"`
	// Conservation compares both ends, when there was a simulator to ask.
	Conservation *Conservation `json:"conservation,omitempty"`
	// Delivery is the delay up to Amplitude, when its journal could be read.
	Delivery *Delivery `json:"delivery_ms,omitempty"`

	// Scenario, Goals, Ledger and Amplitude are there when a scenario was run.
	Scenario  *ScenarioInfo    `json:"scenario,omitempty"`
	Goals     []Goal           `json:"thresholds,omitempty"`
	Ledger    *Ledger          `json:"ledger,omitempty"`
	Amplitude *AmplitudeLedger `json:"amplitude,omitempty"`
	// Deaths are the started programs that ended by themselves.
	Deaths []Death `json:"deaths,omitempty"`
}

// Foreign is the number of requests that were answered, but not in Amplitude's shape. What
// became of their events is not known.
func (s *Summary) Foreign() uint64 { return s.Errors[foreign] }

// Short is the number of requests that were answered with a success for fewer events than
// were sent.
func (s *Summary) Short() uint64 { return s.Errors[short] }

// Broken counts the thresholds that did not hold.
func (s *Summary) Broken() (n int) {
	for _, g := range s.Goals {
		if !g.Holds {
			n++
		}
	}
	return n
}

// PlanInfo says what was run, enough to run it again.
type PlanInfo struct {
	Name     string  `json:"name"`
	Target   string  `json:"target"`
	Kind     Kind    `json:"kind"`
	Seed     uint64  `json:"seed"`
	Rate     float64 `json:"rate,omitempty"` // 0 when it is not one number
	Duration float64 `json:"duration_s"`
	Batch    int     `json:"batch,omitempty"`
	Devices  int     `json:"devices"`
	Events   uint64  `json:"events"` // 0 when not known ahead
	Sends    uint64  `json:"requests"`
	// DeviceLimit is the rate a device is held against in pictures.
	DeviceLimit float64 `json:"device_limit_eps"`
}

// Latencies are the distributions of a run.
type Latencies struct {
	Intended      Quantiles  `json:"from_intended"`
	Service       Quantiles  `json:"from_send"`
	ScheduleError Quantiles  `json:"schedule_error"`
	Other         *Quantiles `json:"other,omitempty"`
	Hot           *Quantiles `json:"hot,omitempty"`
}

// Quantiles is a distribution in milliseconds.
type Quantiles struct {
	Count uint64  `json:"count"`
	Min   float64 `json:"min"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p999"`
	Max   float64 `json:"max"`
}

// Series is the run over time: one number for each stretch of Width seconds.
// Counts are events. Offered, Dropped and the latencies belong to the instant an
// event was due; Sent to when it left, outcomes to when they were known.
type Series struct {
	Width     float64   `json:"width_s"`
	Offered   []uint64  `json:"offered"`
	Sent      []uint64  `json:"sent"`
	Accepted  []uint64  `json:"accepted"`
	Throttled []uint64  `json:"throttled"`
	Refused   []uint64  `json:"refused"` // rejected, and neighbors
	Failed    []uint64  `json:"failed"`
	Dropped   []uint64  `json:"dropped"`
	Late      []uint64  `json:"late"` // requests
	P50       []float64 `json:"p50_ms"`
	P99       []float64 `json:"p99_ms"`
	OtherP99  []float64 `json:"other_p99_ms"`
	HotP99    []float64 `json:"hot_p99_ms"`
}

// Device is one of the busiest devices.
type Device struct {
	ID        string   `json:"id"`
	Hot       bool     `json:"hot,omitempty"`
	Peak      uint32   `json:"peak_eps"` // most events due in one second
	Throttled uint64   `json:"throttled"`
	Width     float64  `json:"width_s"`
	Offered   []uint32 `json:"offered"`
}

// SummaryConfig adds to a result what the generator does not know.
type SummaryConfig struct {
	Version string
	Plan    PlanInfo
	MaxLate float64 // share of late and dropped requests that a verdict allows
	// TypeOf names the event type of a payload, DeviceID a device; nil leaves them out.
	TypeOf   func(payload int) string
	DeviceID func(device int32) string
}

// Summary condenses the result.
func (r *Result) Summary(cfg SummaryConfig) Summary {
	s := Summary{
		Format: SummaryFormat, Version: cfg.Version, Plan: cfg.Plan,
		Started: r.Started.UTC(), Elapsed: r.Elapsed.Seconds(),
		Sends: r.Sends, Events: r.Outcomes, Errors: r.Errors, Senders: r.Senders,
		Statuses: map[string]uint64{},
		Latency: Latencies{
			Intended:      quantiles(r.Intended),
			Service:       quantiles(r.Service),
			ScheduleError: quantiles(r.ScheduleError),
		},
		Series: r.seriesOut(),
	}
	s.Verdict, s.Why = r.Verdict(cfg.MaxLate)
	for status, n := range r.Statuses {
		s.Statuses[strconv.Itoa(status)] = n
	}
	if r.Hot.TotalCount() > 0 {
		other, hot := quantiles(r.Other), quantiles(r.Hot)
		s.Latency.Other, s.Latency.Hot = &other, &hot
	}
	if length := min(cfg.Plan.Duration, s.Elapsed); length > 0 {
		s.Offered = float64(r.Outcomes.Due) / length
		// What left after the end of the plan does not belong to its rate, hence
		// the division by the longer of the two.
		s.Achieved = float64(r.Outcomes.Due-r.Outcomes.Dropped) / max(length, s.sentFor())
	}
	if cfg.TypeOf != nil {
		s.Types = map[string]uint64{}
		for payload, n := range r.Payloads {
			s.Types[cfg.TypeOf(payload)] += n
		}
	}
	if cfg.DeviceID != nil {
		for _, row := range r.devices {
			s.Devices = append(s.Devices, Device{
				ID: cfg.DeviceID(row.device), Hot: row.hot, Peak: row.peak, Throttled: row.throttled,
				Width: r.width.Seconds(), Offered: row.cells,
			})
		}
	}
	return s
}

// sentFor is for how long requests left, in seconds, to the width of a point.
func (s *Summary) sentFor() float64 {
	for i, n := range slices.Backward(s.Series.Sent) {
		if n > 0 {
			return min(float64(i+1)*s.Series.Width, s.Elapsed)
		}
	}
	return 0
}

func (r *Result) seriesOut() Series {
	out := Series{Width: r.series.width.Seconds()}
	for i := range r.series.points {
		p := &r.series.points[i]
		out.Offered = append(out.Offered, p.Due)
		out.Sent = append(out.Sent, p.sent)
		out.Accepted = append(out.Accepted, p.Accepted)
		out.Throttled = append(out.Throttled, p.Throttled)
		out.Refused = append(out.Refused, p.Rejected+p.Neighbors)
		out.Failed = append(out.Failed, p.Failed)
		out.Dropped = append(out.Dropped, p.Dropped)
		out.Late = append(out.Late, p.late)
		out.P50 = append(out.P50, millis(p.all.quantile(0.5)))
		out.P99 = append(out.P99, millis(p.all.quantile(0.99)))
		out.OtherP99 = append(out.OtherP99, millis(p.other.quantile(0.99)))
		out.HotP99 = append(out.HotP99, millis(p.hot.quantile(0.99)))
	}
	return out
}

func quantiles(h *hdrhistogram.Histogram) Quantiles {
	q := Quantiles{Count: uint64(h.TotalCount())}
	if q.Count == 0 {
		return q
	}
	ms := func(us int64) float64 { return float64(us) / 1000 }
	q.Min, q.Max, q.Mean = ms(h.Min()), ms(h.Max()), h.Mean()/1000
	q.P50, q.P90, q.P95 = ms(h.ValueAtQuantile(50)), ms(h.ValueAtQuantile(90)), ms(h.ValueAtQuantile(95))
	q.P99, q.P999 = ms(h.ValueAtQuantile(99)), ms(h.ValueAtQuantile(99.9))
	return q
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Validate reports what does not add up in a summary, so that a reader of the
// file need not trust its writer.
func (s *Summary) Validate() error {
	if s.Format != SummaryFormat {
		return fmt.Errorf("summary: format is %q, this reads %q", s.Format, SummaryFormat)
	}
	var errs []error
	if n := s.Sends.Answered + s.Sends.Failed + s.Sends.Dropped; n != s.Sends.Due {
		errs = append(errs, fmt.Errorf("%d requests were due, %d are accounted for", s.Sends.Due, n))
	}
	if n := s.Events.settled(); n != s.Events.Due {
		errs = append(errs, fmt.Errorf("%d events were due, %d are accounted for", s.Events.Due, n))
	}
	var answered uint64
	for _, n := range s.Statuses {
		answered += n
	}
	if answered != s.Sends.Answered {
		errs = append(errs, fmt.Errorf("%d requests were answered, %d have a status", s.Sends.Answered, answered))
	}
	if s.Verdict != Valid && s.Verdict != Bottleneck && s.Verdict != Interrupted {
		errs = append(errs, fmt.Errorf("verdict %q is unknown", s.Verdict))
	}
	for name, q := range map[string]Quantiles{
		"from_intended": s.Latency.Intended, "from_send": s.Latency.Service, "schedule_error": s.Latency.ScheduleError,
	} {
		if !slices.IsSorted([]float64{q.Min, q.P50, q.P90, q.P95, q.P99, q.P999, q.Max}) {
			errs = append(errs, fmt.Errorf("quantiles of %s go down", name))
		}
	}
	if n := sum(maps.Values(s.Types)); s.Types != nil && n != s.Events.Due {
		errs = append(errs, fmt.Errorf("%d events were due, %d have a type", s.Events.Due, n))
	}
	if n := sum(slices.Values(s.Series.Offered)); n != s.Events.Due {
		errs = append(errs, fmt.Errorf("%d events were due, the series has %d", s.Events.Due, n))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	return nil
}

func sum(all func(func(uint64) bool)) (total uint64) {
	for n := range all {
		total += n
	}
	return total
}
