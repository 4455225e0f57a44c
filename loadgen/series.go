package loadgen

import "time"

// maxPoints bounds a series: an hour in seconds. A longer run doubles the width
// of a point as often as needed, so memory stays flat for ever.
const maxPoints = 3600

// point is what happened in one stretch of a run.
type point struct {
	Fates           // Due and Dropped when due, all others when answered
	sent     uint64 // events, when their request left
	late     uint64 // sends, when due
	all, hot coarse // latency from the intended time, when due
	innocent coarse
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
	p.add(q.Fates)
	p.sent += q.sent
	p.late += q.late
	p.all.merge(&q.all)
	p.hot.merge(&q.hot)
	p.innocent.merge(&q.innocent)
}
