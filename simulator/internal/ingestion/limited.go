package ingestion

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/limits"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// checkSilenced refuses a request with events of silenced devices.
func checkSilenced(_ *Service, c *call) *refusal {
	if len(c.state.silenced) == 0 {
		return nil
	}
	body := amplitude.Silenced{
		Code: http.StatusBadRequest, Error: amplitude.ErrorSilenced, EPSThreshold: c.state.counts.Limits().Rate[c.request.Endpoint.rate],
		ExceededDailyQuotaDevices: map[string]int{}, ThrottledDevices: map[string]int{},
	}
	for i := range c.batch.Events {
		e := &c.batch.Events[i]
		device := c.batch.Bytes(e.DeviceID)
		if _, yes := c.state.silenced[string(device)]; !yes || !e.DeviceID.Present() {
			continue
		}
		body.SilencedEvents = append(body.SilencedEvents, i)
		if !slices.Contains(body.SilencedDevices, string(device)) {
			body.SilencedDevices = append(body.SilencedDevices, string(device))
		}
	}
	if body.SilencedEvents == nil {
		return nil
	}
	return &refusal{
		answer: answer{http.StatusBadRequest, outcome.SilencedDevice, body}, outcome: outcome.Rejected,
		reasonOf: func(i int) outcome.Reason {
			if _, named := slices.BinarySearch(body.SilencedEvents, i); named {
				return outcome.SilencedDevice
			}
			return outcome.Neighbor
		},
	}
}

// checkProjectLimits refuses a request that is too many for the limits of the project.
func checkProjectLimits(s *Service, c *call) *refusal {
	limit, over := c.state.volume.Take(c.now, c.request.Endpoint.rate, len(c.batch.Events), &c.state.limits)
	if !over {
		return nil
	}
	return s.throttledWhole(outcome.ProjectRate, limit)
}

// throttledWhole is a 429 that names no event.
func (s *Service) throttledWhole(why outcome.Reason, limit int) *refusal {
	r := &refusal{answer: answer{status: http.StatusTooManyRequests, reason: why}, outcome: outcome.Throttled}
	if s.switches.bareProjectAnswer {
		r.body = amplitude.Refused{Code: http.StatusTooManyRequests, Error: amplitude.ErrorTooManyRequests}
	} else {
		r.body = throttled(limit)
	}
	return r
}

// throttled is the body of a 429 that names nothing yet.
func throttled(limit int) amplitude.Throttled {
	return amplitude.Throttled{
		Code: http.StatusTooManyRequests, Error: amplitude.ErrorTooManyRequests, EPSThreshold: limit,
		ThrottledDevices: map[string]int{}, ThrottledUsers: map[string]int{},
	}
}

// checkLimits counts the events of a request against the limits of devices and users, and
// refuses a request that is too much for one.
func checkLimits(s *Service, c *call) *refusal {
	excess := s.take(c)
	if excess == nil {
		return nil
	}
	limit := c.state.counts.Limits().Rate[c.request.Endpoint.rate]
	if slices.ContainsFunc(excess, func(e limits.Violation) bool { return e.Full }) {
		s.refusedByMemory.Add(uint64(len(c.batch.Events)))
		r := s.throttledWhole(outcome.Memory, limit)
		r.partial = s.switches.partial
		return r
	}
	return &refusal{
		answer:  answer{http.StatusTooManyRequests, reasonOf(excess[0]), s.throttledBody(c, limit, excess)},
		outcome: outcome.Throttled, partial: s.switches.partial,
		reasonOf: func(i int) outcome.Reason {
			at, named := slices.BinarySearchFunc(excess, i, func(e limits.Violation, i int) int { return cmp.Compare(e.Event, i) })
			if named {
				return reasonOf(excess[at])
			}
			return outcome.Neighbor
		},
	}
}

// take counts the events of a request against the limits of ids, and returns what
// is too much, in the order of the events. Then nothing has been counted, but for the
// neighbors of an experiment with partial rejection.
func (s *Service) take(c *call) []limits.Violation {
	counts, ep := c.state.counts, c.request.Endpoint.rate
	c.keys = c.keys[:0]
	for i := range c.batch.Events {
		e := &c.batch.Events[i]
		var d limits.EventKeys
		if e.DeviceID.Present() {
			d.Device = counts.Device(c.batch.Bytes(e.DeviceID))
		}
		if e.UserID.Present() {
			d.User = counts.User(c.batch.Bytes(e.UserID))
		}
		c.keys = append(c.keys, d)
	}
	excess := counts.Take(c.now, ep, c.keys)
	if excess == nil || !s.switches.partial {
		return excess
	}
	rest := slices.Clone(c.keys)
	for more := excess; more != nil; more = counts.Take(c.now, ep, rest) {
		for _, e := range more {
			rest[e.Event] = limits.EventKeys{}
		}
		if &more[0] != &excess[0] {
			excess = append(excess, more...) // another upload took the room meanwhile
		}
	}
	slices.SortStableFunc(excess, func(a, b limits.Violation) int { return cmp.Compare(a.Event, b.Event) })
	return excess
}

// throttledBody names the events that are too many, and their ids.
func (s *Service) throttledBody(c *call, limit int, excess []limits.Violation) amplitude.Throttled {
	body := throttled(limit)
	quotaDevices, quotaUsers := map[string]int{}, map[string]int{}
	for _, e := range excess {
		if n := len(body.ThrottledEvents); n == 0 || body.ThrottledEvents[n-1] != e.Event {
			body.ThrottledEvents = append(body.ThrottledEvents, e.Event)
		}
		ev := &c.batch.Events[e.Event]
		into, id := body.ThrottledDevices, ev.DeviceID
		switch {
		case e.User && e.Quota:
			into, id = quotaUsers, ev.UserID
		case e.User:
			into, id = body.ThrottledUsers, ev.UserID
		case e.Quota:
			into = quotaDevices
		}
		if _, again := into[string(c.batch.Bytes(id))]; !again {
			into[string(c.batch.Bytes(id))] = e.Value
		}
	}
	if s.quotaMaps(c.request.Endpoint, len(quotaDevices)+len(quotaUsers) > 0) {
		body.ExceededDailyQuotaDevices, body.ExceededDailyQuotaUsers = quotaDevices, quotaUsers
	}
	return body
}

// quotaMaps reports whether a 429 has the maps of quotas.
func (s *Service) quotaMaps(ep *Endpoint, exceeded bool) bool {
	if ep == &s.Batch {
		return true
	}
	switch s.switches.quotaMaps {
	case "always":
		return true
	case "never":
		return false
	}
	return exceeded
}

func reasonOf(e limits.Violation) outcome.Reason {
	switch {
	case e.User && e.Quota:
		return outcome.UserQuota
	case e.User:
		return outcome.UserRate
	case e.Quota:
		return outcome.DeviceQuota
	}
	return outcome.DeviceRate
}
