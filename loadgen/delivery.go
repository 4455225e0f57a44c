package loadgen

import (
	"context"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/ammeter/ammeter/simulator/control"
)

// maxDelivered is the number of journal entries that are read for delays: more
// would take longer to read than they took to send.
const maxDelivered = 200_000

// Delivery is how long events took from the instant they were due to the
// simulator's acceptance, through an exporter and all its waiting, in
// milliseconds. It needs the simulator's wall clock to be ours.
type Delivery struct {
	All      Quantiles  `json:"all"`
	Innocent *Quantiles `json:"innocent,omitempty"`
	Hot      *Quantiles `json:"hot,omitempty"`
	// Complete is false when only the first of the events were looked at.
	Complete bool `json:"complete"`
	// InnocentP99 and HotP99 are over the time events were due, a number for each
	// stretch of the summary's series.
	InnocentP99 []float64 `json:"innocent_p99_ms"`
	HotP99      []float64 `json:"hot_p99_ms,omitempty"`
	// Accepted, Throttled and Refused (rejected, and what met a fault) count events
	// over the time the simulator answered, stretch by stretch. Each refusal of an
	// event counts; neighbors of throttled events do not.
	Accepted  []uint64 `json:"accepted"`
	Throttled []uint64 `json:"throttled"`
	Refused   []uint64 `json:"refused"`
}

// Delivery reads from the simulator's journal what became of the events of a run,
// and when.
func (f *FarEnd) Delivery(ctx context.Context, s *Schedule, r *Result, ids Identities) (*Delivery, error) {
	d := newDelays(s, r.Started)
	complete := false
	q := control.Query{APIKey: f.key, Since: f.since, Limit: 1000}
	for read := 0; read < maxDelivered && !complete; {
		page, err := f.client.Events(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read the simulator's journal: %w", err)
		}
		for i := range page {
			if n, ours := ids.EventNumber(page[i].InsertID); ours {
				d.answered(n, &page[i])
			}
		}
		if complete = len(page) < q.Limit; !complete {
			q.After = page[len(page)-1].Seq
		}
		read += len(page)
	}
	return d.delivery(r.series.width, complete), nil
}

// delays matches arrivals with the instants events were due.
type delays struct {
	start time.Time
	due   []dueEvent // by number
	all   *hdrhistogram.Histogram
	class [2]*hdrhistogram.Histogram // innocent, hot
	// over holds the same over time, by second due.
	over [2][]coarse
	// accepted, throttled and refused count by the second of the answer.
	accepted, throttled, refused []uint64
}

type dueEvent struct {
	at  time.Duration
	hot bool
}

// newDelays runs through the schedule, which gives the same sends every time.
func newDelays(s *Schedule, start time.Time) *delays {
	d := &delays{start: start, all: newHistogram(), class: [2]*hdrhistogram.Histogram{newHistogram(), newHistogram()}}
	var send Send
	for next := s.Start(); next(&send); {
		for _, e := range send.Events {
			// Numbers rise; one that came before is a duplicate of the first.
			if e.Number == uint64(len(d.due)) {
				d.due = append(d.due, dueEvent{send.At, e.Hot})
			}
		}
	}
	return d
}

func (d *delays) answered(number uint64, e *control.Event) {
	second := int(max(0, e.Wall.Sub(d.start)) / time.Second)
	switch e.Outcome {
	case control.Accepted:
		d.accepted = counted(d.accepted, second)
		d.arrived(number, e.Wall)
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

func (d *delays) arrived(number uint64, at time.Time) {
	if number >= uint64(len(d.due)) {
		return
	}
	e := d.due[number]
	delay := at.Sub(d.start.Add(e.at))
	class := 0
	if e.hot {
		class = 1
	}
	record(d.all, delay)
	record(d.class[class], delay)
	second := int(e.at / time.Second)
	for len(d.over[class]) <= second {
		d.over[class] = append(d.over[class], coarse{})
	}
	d.over[class][second].record(delay)
}

func (d *delays) delivery(width time.Duration, complete bool) *Delivery {
	out := &Delivery{
		All: quantiles(d.all), Complete: complete, InnocentP99: p99s(d.over[0], width),
		Accepted: joined(d.accepted, width), Throttled: joined(d.throttled, width), Refused: joined(d.refused, width),
	}
	if d.class[1].TotalCount() > 0 {
		innocent, hot := quantiles(d.class[0]), quantiles(d.class[1])
		out.Innocent, out.Hot, out.HotP99 = &innocent, &hot, p99s(d.over[1], width)
	}
	return out
}

// p99s joins seconds into stretches of width, a whole number of seconds.
func p99s(seconds []coarse, width time.Duration) []float64 {
	per := int(width / time.Second)
	out := []float64{}
	for from := 0; from < len(seconds); from += per {
		var joined coarse
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
