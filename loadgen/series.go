package loadgen

import (
	"math/bits"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// maxPoints bounds a series: an hour in seconds. A longer run doubles the width
// of a point as often as needed, so memory stays flat for ever.
const maxPoints = 3600

// point is what happened in one stretch of a run.
type point struct {
	Outcomes              // Due and Dropped when due, all others when answered
	sent     uint64       // events, when their request left
	late     uint64       // sends, when due
	all, hot logHistogram // latency from the intended time, when due
	other    logHistogram
}

// series are the points of a run in order of time.
type series struct {
	width  time.Duration
	points []point
}

func newSeries() series { return series{width: time.Second} }

// at returns the point that holds an offset from the start of the run.
func (s *series) at(offset time.Duration) *point {
	i := int(max(offset, 0) / s.width)
	for i >= maxPoints {
		s.halve()
		i = int(offset / s.width)
	}
	for len(s.points) <= i {
		s.points = append(s.points, point{})
	}
	return &s.points[i]
}

// halve joins each two points into one of twice the width.
func (s *series) halve() {
	for i := range s.points {
		if i%2 == 0 {
			s.points[i/2] = s.points[i]
			continue
		}
		s.points[i/2].join(&s.points[i])
	}
	s.points = s.points[:(len(s.points)+1)/2]
	s.width *= 2
}

func (p *point) join(q *point) {
	p.add(q.Outcomes)
	p.sent += q.sent
	p.late += q.late
	p.all.merge(&q.all)
	p.hot.merge(&q.hot)
	p.other.merge(&q.other)
}

// maxLatency is the longest latency told apart; longer ones count as this.
const maxLatency = 10 * time.Minute

// newHistogram counts microseconds with three significant digits, in 160 KB
// however many are recorded.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, maxLatency.Microseconds(), 3)
}

func record(h *hdrhistogram.Histogram, d time.Duration) {
	// Cannot fail: the value is inside the range.
	_ = h.RecordValue(min(max(d, 0), maxLatency).Microseconds())
}

// logHistogram is a histogram small enough to keep one for every second of a run:
// four buckets an octave, so a value is known within 19 percent.
type logHistogram [logHistogramSize]uint32

const (
	logHistogramOctaves = 30 // of microseconds, up to 18 minutes
	logHistogramSize    = 4 * logHistogramOctaves
)

func (c *logHistogram) record(d time.Duration) {
	us := uint64(max(d.Microseconds(), 4))
	octave := bits.Len64(us) - 1
	sub := int(us>>(octave-2)) & 3
	c[min(4*octave+sub, logHistogramSize-1)]++
}

func (c *logHistogram) merge(other *logHistogram) {
	for i, n := range other {
		c[i] += n
	}
}

// quantile is an upper bound of the q-quantile, 0 when nothing was recorded.
func (c *logHistogram) quantile(q float64) time.Duration {
	var total uint64
	for _, n := range c {
		total += uint64(n)
	}
	rank := max(uint64(q*float64(total)+0.999999), 1)
	var seen uint64
	for i, n := range c {
		if seen += uint64(n); total > 0 && seen >= rank {
			return time.Duration(uint64(5+i&3)<<(i/4)/4) * time.Microsecond
		}
	}
	return 0
}
