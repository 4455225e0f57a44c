package loadgen

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ammeter/ammeter/simulator/control"
)

// Delivery is how long events took from the instant they were due to the
// simulator's acceptance, through an exporter and all its waiting, in
// milliseconds. It needs the simulator's wall clock to be ours.
type Delivery struct {
	All   Quantiles  `json:"all"`
	Other *Quantiles `json:"other,omitempty"`
	Hot   *Quantiles `json:"hot,omitempty"`
	// Complete is false when only the first of the events were looked at.
	Complete bool `json:"complete"`
	// OtherP99 and HotP99 are over the time events were due, a number for each
	// stretch of the summary's series.
	OtherP99 []float64 `json:"other_p99_ms"`
	HotP99   []float64 `json:"hot_p99_ms,omitempty"`
	// Accepted, Throttled and Refused (rejected, and what met a fault) count events
	// over the time the simulator answered, stretch by stretch. Each refusal of an
	// event counts; neighbors of throttled events do not.
	Accepted  []uint64 `json:"accepted"`
	Throttled []uint64 `json:"throttled"`
	Refused   []uint64 `json:"refused"`
}

// DeliveryRecorder gathers what a simulator's journal says of the events of a run.
type DeliveryRecorder struct {
	start time.Time
	width time.Duration // of a stretch of the series
	all   *hdrhistogram.Histogram
	class [2]*hdrhistogram.Histogram // others, hot
	// over holds the same over time, by second due.
	over [2][]logHistogram
	// accepted, throttled and refused count by the second of the answer.
	accepted, throttled, refused []uint64
}

// DeliveryRecorder returns an empty one for the run.
func (r *Result) DeliveryRecorder() *DeliveryRecorder {
	return &DeliveryRecorder{
		start: r.Started, width: r.series.width,
		all: newHistogram(), class: [2]*hdrhistogram.Histogram{newHistogram(), newHistogram()},
	}
}

// Answered records an answer for an event that was due at a time after the start.
func (d *DeliveryRecorder) Answered(e *control.Event, due time.Duration, hot bool) {
	second := int(max(0, e.Wall.Sub(d.start)) / time.Second)
	switch e.Outcome {
	case control.Accepted:
		d.accepted = counted(d.accepted, second)
		d.arrived(due, hot, e.Wall)
	case control.Throttled:
		if e.Reason != "neighbor" {
			d.throttled = counted(d.throttled, second)
		}
	case control.Rejected, control.Faulted:
		d.refused = counted(d.refused, second)
	case control.Duplicate:
	}
}

// counted adds one to a second.
func counted(seconds []uint64, second int) []uint64 {
	for len(seconds) <= second {
		seconds = append(seconds, 0)
	}
	seconds[second]++
	return seconds
}

func (d *DeliveryRecorder) arrived(due time.Duration, hot bool, at time.Time) {
	delay := at.Sub(d.start.Add(due))
	class := 0
	if hot {
		class = 1
	}
	record(d.all, delay)
	record(d.class[class], delay)
	second := int(due / time.Second)
	for len(d.over[class]) <= second {
		d.over[class] = append(d.over[class], logHistogram{})
	}
	d.over[class][second].record(delay)
}

// Delivery is what was recorded. Complete reports whether that are all events.
func (d *DeliveryRecorder) Delivery(complete bool) *Delivery {
	out := &Delivery{
		All: quantiles(d.all), Complete: complete, OtherP99: p99s(d.over[0], d.width),
		Accepted: joined(d.accepted, d.width), Throttled: joined(d.throttled, d.width), Refused: joined(d.refused, d.width),
	}
	if d.class[1].TotalCount() > 0 {
		other, hot := quantiles(d.class[0]), quantiles(d.class[1])
		out.Other, out.Hot, out.HotP99 = &other, &hot, p99s(d.over[1], d.width)
	}
	return out
}

// p99s joins seconds into stretches of width, a whole number of seconds.
func p99s(seconds []logHistogram, width time.Duration) []float64 {
	per := int(width / time.Second)
	out := []float64{}
	for from := 0; from < len(seconds); from += per {
		var joined logHistogram
		for i := range seconds[from:min(from+per, len(seconds))] {
			joined.merge(&seconds[from+i])
		}
		out = append(out, millis(joined.quantile(0.99)))
	}
	return out
}

// joined adds seconds up to stretches of width.
func joined(seconds []uint64, width time.Duration) []uint64 {
	per := int(width / time.Second)
	out := make([]uint64, (len(seconds)+per-1)/per)
	for second, n := range seconds {
		out[second/per] += n
	}
	return out
}
