package loadgen

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what a run measured. Its histograms count microseconds.
type Result struct {
	Started     time.Time
	Elapsed     time.Duration
	Interrupted bool
	Sends       Sends
	Outcomes    Outcomes
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
	// Other and Hot are Intended for requests with events of devices not meant
	// to be throttled, and of those meant to be. A request can be both.
	Other, Hot *hdrhistogram.Histogram

	tolerance time.Duration
	withheld  int // how often processors were too short for one more sender
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
		Outcomes:      rec.outcomes,
		Statuses:      rec.statuses,
		Errors:        rec.errors,
		Payloads:      rec.payloads,
		Accepted:      rec.accepted,
		Senders:       int(r.count.Load()),
		SenderLimit:   r.cfg.Senders,
		Intended:      rec.intended,
		Service:       rec.service,
		ScheduleError: rec.schedule,
		Other:         rec.other,
		Hot:           rec.hot,
		tolerance:     rec.tolerance,
		withheld:      r.withheld,
		series:        rec.series,
		devices:       rec.devices.sorted(),
		width:         rec.devices.width,
	}
}

// Verdict is what a run's numbers are worth.
type Verdict string

// Verdicts.
const (
	// Valid numbers describe the subject.
	Valid Verdict = "valid"
	// Bottleneck means that too many requests left late or not at all, so that
	// the subject did not get the load of the plan.
	Bottleneck Verdict = "bottleneck"
	// Interrupted means that the plan was not run to its end.
	Interrupted Verdict = "interrupted"
)

// Stopped makes the verdict of a run that was interrupted after all was sent. What was
// measured until then stays; what became of the events is not known.
func (s *Summary) Stopped() {
	s.Verdict, s.Why = Interrupted, "stopped while events were on their way; what became of them is not known"
	s.Conservation = nil
}

// Verdict judges the generator itself: a machine without descriptors or ports says
// nothing about the target, and late and dropped requests may make up maxLate of those due,
// 0.01 being one percent. The reason says what to do.
func (r *Result) Verdict(maxLate float64) (v Verdict, why string) {
	if n := r.Errors[noDescriptor] + r.Errors[noPort]; n > 0 && !r.Interrupted {
		return Bottleneck, fmt.Sprintf("%d of %d requests found no file descriptor or port free on this machine; raise the limit (ulimit -n) or lower --senders", n, r.Sends.Due)
	}
	bad := r.Sends.Late() + r.Sends.Dropped
	switch {
	case r.Interrupted:
		return Interrupted, fmt.Sprintf("stopped after %v", r.Elapsed.Round(10*time.Millisecond))
	case float64(bad) <= maxLate*float64(r.Sends.Due):
		return Valid, ""
	}
	why = fmt.Sprintf("%d of %d requests left more than %v late, %d never", r.Sends.Late(), r.Sends.Due, r.tolerance, r.Sends.Dropped)
	senders := r.Sends.LateSenders+r.Sends.Dropped >= r.Sends.LateClock
	if senders {
		answer := (time.Duration(r.Service.Mean()) * time.Microsecond).Round(time.Millisecond)
		switch {
		case r.Senders >= r.SenderLimit:
			return Bottleneck, why + fmt.Sprintf("; all %d senders were busy: an answer took %v on average, which is too long for this rate; lower the rate, or allow more senders",
				r.SenderLimit, answer)
		case answer > r.tolerance && r.withheld > 0:
			return Bottleneck, why + fmt.Sprintf("; %d senders waited for answers, which took %v on average, and %d times the processors of this machine were too busy for one more; lower the rate, send larger batches, or stop what else runs on it",
				r.Senders, answer, r.withheld)
		case answer > r.tolerance:
			return Bottleneck, why + fmt.Sprintf("; senders waited for answers, which took %v on average: the target is too slow for this rate, lower it", answer)
		}
	}
	switch {
	case maxLate > 0 && float64(r.Sends.Due)*maxLate < 1:
		return Bottleneck, why + fmt.Sprintf("; of %d requests none may be late: send more, or raise --tolerance or --max-late", r.Sends.Due)
	case senders:
		return Bottleneck, why + "; this machine cannot send that much, lower the rate or send larger batches"
	}
	return Bottleneck, why + "; this machine was too busy to keep time: stop what else runs on it, lower the rate or give it more cores"
}

// OtherP99 is an upper bound of the 99th percentile of Other over the requests that were due
// in a stretch of the run whose start the filter takes; 0 if there were none. A stretch is
// a second, in runs of more than an hour more.
func (r *Result) OtherP99(filter func(start time.Duration) bool) time.Duration {
	var all logHistogram
	for i := range r.series.points {
		if filter(time.Duration(i) * r.series.width) {
			all.merge(&r.series.points[i].other)
		}
	}
	return all.quantile(0.99)
}
