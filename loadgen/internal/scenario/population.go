package scenario

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// population draws devices: those that are there at a time, the first ones more
// often by Zipf's law.
type population struct {
	count float64
	fresh float64   // per second
	total int       // at the end
	upTo  []float64 // sums of the weights of the first devices; nil when all are alike
}

func newPopulation(d Devices, length time.Duration) population {
	p := population{count: float64(d.Count), fresh: d.New, total: d.Count + int(d.New*length.Seconds())}
	if d.Zipf == 0 {
		return p
	}
	p.upTo = make([]float64, p.total)
	sum := 0.0
	for i := range p.upTo {
		sum += math.Pow(float64(i+1), -d.Zipf)
		p.upTo[i] = sum
	}
	return p
}

// draw returns a device that is there at a time.
func (p *population) draw(rng *rand.Rand, at time.Duration) int32 {
	n := min(int(p.count+p.fresh*at.Seconds()), p.total)
	if p.upTo == nil {
		return rng.Int32N(int32(n))
	}
	u := rng.Float64() * p.upTo[n-1]
	return int32(min(sort.SearchFloat64s(p.upTo[:n], u), n-1))
}
