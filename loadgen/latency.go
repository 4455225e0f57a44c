package loadgen

import (
	"math/bits"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

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

// coarse is a histogram small enough to keep one for every second of a run:
// four buckets an octave, so a value is known within 19 percent.
type coarse [coarseSize]uint32

const (
	coarseOctaves = 30 // of microseconds, up to 18 minutes
	coarseSize    = 4 * coarseOctaves
)

func (c *coarse) record(d time.Duration) {
	us := uint64(max(d.Microseconds(), 4))
	octave := bits.Len64(us) - 1
	sub := int(us>>(octave-2)) & 3
	c[min(4*octave+sub, coarseSize-1)]++
}

func (c *coarse) merge(other *coarse) {
	for i, n := range other {
		c[i] += n
	}
}

// quantile is an upper bound of the q-quantile, 0 when nothing was recorded.
func (c *coarse) quantile(q float64) time.Duration {
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
