package loadgen

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what a run measured. Its histograms count microseconds.
type Result struct {
	Started     time.Time
	Elapsed     time.Duration
	Interrupted bool
	Sends       Sends
	Fates       Fates
	// Statuses counts answers by HTTP status, Errors failures by reason.
	Statuses map[int]uint64
	Errors   map[string]uint64
	// Payloads counts the events due by payload, Accepted those answered 2xx.
	Payloads, Accepted []uint64
	// Senders is the number of connections that were used at a time, at most, and
	// SenderLimit the most there could have been.
	Senders, SenderLimit int

	// Intended is latency from the instant a request was due, which is what a
	// client at a fixed rate sees; Service is latency from its first byte.
	Intended, Service *hdrhistogram.Histogram
	// ScheduleError is by how much requests left late.
	ScheduleError *hdrhistogram.Histogram
	// Innocent and Hot are Intended for requests with events of devices not meant
	// to be throttled, and of those meant to be. A request can be both.
	Innocent, Hot *hdrhistogram.Histogram

	tolerance time.Duration
	series    series
	devices   []*deviceRow
	width     time.Duration // of the cells of devices
}

// result ends the recording.
func (r *run) result(interrupted bool) *Result {
	rec := r.rec
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.devices.roll()
	return &Result{
		Started:       r.start,
		Elapsed:       r.since(),
		Interrupted:   interrupted,
		Sends:         rec.sends,
		Fates:         rec.fates,
		Statuses:      rec.statuses,
		Errors:        rec.errors,
		Payloads:      rec.payloads,
		Accepted:      rec.accepted,
		Senders:       int(r.count.Load()),
		SenderLimit:   r.cfg.Senders,
		Intended:      rec.intended,
		Service:       rec.service,
		ScheduleError: rec.schedule,
		Innocent:      rec.innocent,
		Hot:           rec.hot,
		tolerance:     rec.tolerance,
		series:        rec.series,
		devices:       rec.devices.sorted(),
		width:         rec.devices.width,
	}
}
