package ingestion

import "sync/atomic"

// statuses bounds the HTTP statuses that are counted; 0 is no answer.
const statuses = 600

// RequestCount is how many requests to an endpoint were answered with a status, since
// the start. Status 0 stands for answers that a fault kept back.
type RequestCount struct {
	Endpoint string // a path; empty for all that is no endpoint
	Status   int
	Requests uint64
}

// requestCounters counts requests by endpoint and status. Unlike ledgers it is never reset.
type requestCounters struct {
	paths  [5]string // the last stays empty
	counts [5][statuses]atomic.Uint64
}

func newRequestCounters(s *Service) *requestCounters {
	return &requestCounters{paths: [5]string{s.HTTPAPI.Path, s.Batch.Path, s.Identify.Path, s.GroupIdentify.Path}}
}

func (t *requestCounters) count(endpoint string, status int) {
	i := 0
	for t.paths[i] != endpoint && t.paths[i] != "" {
		i++
	}
	if status >= 0 && status < statuses {
		t.counts[i][status].Add(1)
	}
}

// RequestCounts lists what has been counted.
func (s *Service) RequestCounts() []RequestCount {
	var list []RequestCount
	for i, path := range s.requests.paths {
		for status := range statuses {
			if n := s.requests.counts[i][status].Load(); n > 0 {
				list = append(list, RequestCount{path, status, n})
			}
		}
	}
	return list
}

// Saturation is how near the fullest project is to the bound on what may be
// tracked: 0 for empty or without a bound, 1 for full.
func (s *Service) Saturation() float64 {
	if s.maxTracked == 0 {
		return 0
	}
	most := 0
	for _, p := range s.all() {
		most = max(most, p.state().counts.Tracked())
	}
	return float64(most) / float64(s.maxTracked)
}
