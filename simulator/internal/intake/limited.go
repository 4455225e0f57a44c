package intake

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/throttle"
)

// silenced answers a request with events of silenced devices, if there are any.
func (s *Service) silenced(x *Exchange, st state) bool {
	if len(st.silenced) == 0 {
		return false
	}
	var events []int
	for i := range x.upload.Events {
		e := &x.upload.Events[i]
		if _, yes := st.silenced[string(x.upload.Bytes(e.DeviceID))]; yes && e.DeviceID.Present() {
			events = append(events, i)
		}
	}
	if events == nil {
		return false
	}
	x.Status, x.reason = http.StatusBadRequest, outcome.SilencedDevice
	x.settle(outcome.Rejected, outcome.Neighbor)
	devices := values{}
	for _, i := range events {
		x.reasons[i] = outcome.SilencedDevice
		devices.put(x.upload.Bytes(x.upload.Events[i].DeviceID), 0)
	}
	x.Answer = appendSilenced(x.Answer, st.counts.Limits().Rate[x.endpoint.rate], devices, events)
	return true
}

// overwhelmed answers a request that is too many for the limits of the project.
func (s *Service) overwhelmed(now time.Time, x *Exchange, st state) bool {
	limit, over := st.volume.Take(now, x.endpoint.rate, len(x.upload.Events), &st.limits)
	if !over {
		return false
	}
	s.refuseAll(x, outcome.ProjectRate, limit)
	return true
}

// refuseAll is a 429 that names no event.
func (s *Service) refuseAll(x *Exchange, why outcome.Reason, limit int) {
	x.Status, x.reason = http.StatusTooManyRequests, why
	x.settle(outcome.Throttled, why)
	if s.choices.bareProjectAnswer {
		x.Answer = append(x.Answer, `{"code":429,"error":"`+amplitude.ErrorTooManyRequests+`"}`+"\n"...)
		return
	}
	a := throttledAnswer{threshold: limit}
	x.Answer = a.append(x.Answer)
}

// take counts the events of a request against the limits of ids, and returns what
// is too much. Then nothing has been counted, but for the neighbors of an experiment
// with partial rejection.
func (s *Service) take(now time.Time, x *Exchange, st state) []throttle.Excess {
	x.demands = x.demands[:0]
	for i := range x.upload.Events {
		e := &x.upload.Events[i]
		var d throttle.Demand
		if e.DeviceID.Present() {
			d.Device = st.counts.Device(x.upload.Bytes(e.DeviceID))
		}
		if e.UserID.Present() {
			d.User = st.counts.User(x.upload.Bytes(e.UserID))
		}
		x.demands = append(x.demands, d)
	}
	excess := st.counts.Take(now, x.endpoint.rate, x.demands)
	if excess == nil || !s.choices.partial {
		return excess
	}
	rest := slices.Clone(x.demands)
	for more := excess; more != nil; more = st.counts.Take(now, x.endpoint.rate, rest) {
		for _, e := range more {
			rest[e.Event] = throttle.Demand{}
		}
		if &more[0] != &excess[0] {
			excess = append(excess, more...) // somebody else took the room meanwhile
		}
	}
	slices.SortStableFunc(excess, func(a, b throttle.Excess) int { return cmp.Compare(a.Event, b.Event) })
	return excess
}

// throttle answers a request with events that are too many.
func (s *Service) throttle(x *Exchange, st state, excess []throttle.Excess) {
	limit := st.counts.Limits().Rate[x.endpoint.rate]
	if slices.ContainsFunc(excess, func(e throttle.Excess) bool { return e.Full }) {
		s.refusedByMemory.Add(uint64(len(x.upload.Events)))
		s.refuseAll(x, outcome.Memory, limit)
		return
	}
	x.Status = http.StatusTooManyRequests
	x.settle(outcome.Throttled, outcome.Neighbor)
	var a throttledAnswer
	for _, e := range excess {
		if len(a.events) == 0 || a.events[len(a.events)-1] != e.Event {
			a.events = append(a.events, e.Event)
			x.reasons[e.Event] = reasonOf(e)
		}
		ev := &x.upload.Events[e.Event]
		switch {
		case e.User && e.Quota:
			a.quotaUsers.put(x.upload.Bytes(ev.UserID), e.Value)
		case e.User:
			a.users.put(x.upload.Bytes(ev.UserID), e.Value)
		case e.Quota:
			a.quotaDevices.put(x.upload.Bytes(ev.DeviceID), e.Value)
		default:
			a.devices.put(x.upload.Bytes(ev.DeviceID), e.Value)
		}
	}
	x.reason = reasonOf(excess[0])
	a.threshold = limit
	a.quotaMaps = s.quotaMaps(x, len(a.quotaUsers.ids)+len(a.quotaDevices.ids) > 0)
	x.Answer = a.append(x.Answer)
}

// quotaMaps reports whether a 429 has the maps of quotas.
func (s *Service) quotaMaps(x *Exchange, exceeded bool) bool {
	if x.endpoint == &s.Batch {
		return true
	}
	switch s.choices.quotaMaps {
	case "always":
		return true
	case "never":
		return false
	}
	return exceeded
}

func reasonOf(e throttle.Excess) outcome.Reason {
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
