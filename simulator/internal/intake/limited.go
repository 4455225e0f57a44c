package intake

import (
	"net/http"
	"time"

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

// throttled counts the events of a request against the limits, and answers it if
// there are too many. A request is turned away as a whole.
func (s *Service) throttled(now time.Time, x *Exchange, st state) bool {
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
	if excess == nil {
		return false
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
	a.threshold = st.counts.Limits().Rate[x.endpoint.rate]
	a.quotaMaps = x.endpoint == &s.Batch || len(a.quotaUsers.ids)+len(a.quotaDevices.ids) > 0
	x.Answer = a.append(x.Answer)
	return true
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
