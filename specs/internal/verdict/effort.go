package verdict

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/simulator/control"
)

// BoundedAttempts passes when events that the service never takes were sent, none of them
// more than most times, and the exporter did not wait for them at its end.
func BoundedAttempts(t Traffic, most int) Verdict {
	sent := t.sends()
	worst, poison := 0, 0
	for _, p := range t.Posted {
		if !p.Poison {
			continue
		}
		poison++
		worst = max(worst, sent[p.ID])
	}
	switch {
	case poison == 0:
		return HarnessError("no event to judge")
	case worst == 0:
		return Failed("none of %d such events was sent, so none can have been given up", poison)
	case worst > most:
		return Failed("an event that is never taken was sent %d times, allowed are %d", worst, most)
	case t.Stop != nil:
		return CleanEnd(t)
	default:
		return Passed("%d such events, sent %d times at most", poison, worst)
	}
}

// NoResend passes when no event was sent again after it had been accepted.
func NoResend(t Traffic) Verdict {
	known := t.knownIDs()
	var list []string
	for _, e := range t.Events {
		if e.Outcome == control.Duplicate && known[e.InsertID] {
			list = append(list, fmt.Sprintf("%q was sent again in request %d", e.InsertID, e.Request))
		}
	}
	if len(list) > 0 {
		return failWith(plural.Of(len(list), "event")+" sent again after being accepted", list)
	}
	return Delivered(t)
}

// Amplification passes when the recording took at most that many requests, and that many
// events sent, for each event accepted.
func Amplification(t Traffic, requests, sends float64) Verdict {
	accepted, sent := len(t.Accepted()), len(t.Events)
	if accepted == 0 {
		return Failed("nothing was accepted in %s", plural.Of(len(t.Requests), "request"))
	}
	perRequest, perSend := float64(len(t.Requests))/float64(accepted), float64(sent)/float64(accepted)
	told := fmt.Sprintf("%.2f requests and %.2f events sent for each of %d accepted", perRequest, perSend, accepted)
	if perRequest > requests || perSend > sends {
		return Failed("%s, allowed are %g and %g", told, requests, sends)
	}
	return Passed("%s", told)
}

// Endpoints and their limits, from Amplitude's HTTP V2 API and Batch API pages.
const (
	MostEvents     = 2000
	MostBytes      = 1 << 20
	MostBytesBatch = 20 << 20
)

// RequestEvents passes when no request carried more events than are allowed, or was
// refused for it.
func RequestEvents(t Traffic) Verdict {
	most := 0
	for _, r := range t.Requests {
		most = max(most, r.Events)
		if r.Status == http.StatusRequestEntityTooLarge && r.Reason == "too_many_events" {
			return Failed("a request was refused for its number of events (%d)", r.Events)
		}
	}
	switch {
	case most == 0:
		return Failed("no request carried an event")
	case most > MostEvents:
		return Failed("a request carried %d events, allowed are %d", most, MostEvents)
	default:
		return Passed("at most %s in a request, %s", plural.Of(most, "event"), plural.Of(len(t.Requests), "request"))
	}
}

// RequestBytes passes when no request was larger than its endpoint allows.
func RequestBytes(t Traffic) Verdict {
	largest := 0
	for _, r := range t.Requests {
		allowed := MostBytes
		if r.Endpoint == "/batch" {
			allowed = MostBytesBatch
		}
		if r.Bytes > allowed || r.Status == http.StatusRequestEntityTooLarge {
			return Failed("a request to %s was too large: %d bytes, allowed are %d", r.Endpoint, r.Bytes, allowed)
		}
		largest = max(largest, r.Bytes)
	}
	if largest == 0 {
		return Failed("no request carried an event")
	}
	return Passed("at most %s in a request, %s", plural.Of(largest, "byte"), plural.Of(len(t.Requests), "request"))
}

// BackpressureAnswered passes when there were posts that were not taken, and each was answered in a
// way that makes Braze come again. If all were taken and none was lost, the situation did not arise.
func BackpressureAnswered(t Traffic) Verdict { return NothingLost(t, answeredLater(t)) }

func answeredLater(t Traffic) Verdict {
	var list []string
	turnedAway := 0
	for _, p := range t.Posted {
		if p.Taken {
			continue
		}
		turnedAway++
		if p.Status != http.StatusTooManyRequests && p.Status/100 != 5 {
			list = append(list, fmt.Sprintf("the post with %s was answered %d", p.Name, p.Status))
		}
	}
	switch {
	case len(list) > 0:
		return failWith(plural.Of(len(list), "event")+" turned away for good", list)
	case len(t.Posted) == 0:
		return HarnessError("no event to judge")
	case turnedAway == 0:
		return DidNotArise("all of %d events were taken, so there was room for each", len(t.Posted))
	default:
		return Passed("%d of %d events taken, the others were asked to come again", len(t.Posted)-turnedAway, len(t.Posted))
	}
}

// NotAcknowledged passes when no post was answered 2xx.
func NotAcknowledged(t Traffic) Verdict {
	var list []string
	for _, p := range t.Posted {
		if p.Taken {
			list = append(list, fmt.Sprintf("%s was answered %d", p.Name, p.Status))
		}
	}
	switch {
	case len(list) > 0:
		return failWith(fmt.Sprintf("%d of %d posts acknowledged", len(list), len(t.Posted)), list)
	case len(t.Posted) == 0:
		return HarnessError("no event to judge")
	default:
		return Passed("none of %d posts was acknowledged", len(t.Posted))
	}
}

// NeverAccepted passes when the exporter tried to deliver posted events and none of
// them was accepted.
func NeverAccepted(t Traffic) Verdict {
	if len(t.Posted) == 0 {
		return HarnessError("no event to judge")
	}
	ids := map[string]bool{}
	for _, p := range t.Posted {
		ids[p.ID] = true
	}
	if late := t.acceptedOf(ids); len(late) > 0 {
		return Failed("%d of %d events were delivered, such as %q", len(late), len(ids), late[0].InsertID)
	}
	if !slices.ContainsFunc(t.Events, func(e control.Event) bool { return ids[e.InsertID] }) {
		return Failed("none of %d events was ever sent", len(ids))
	}
	return Passed("none of %d events was delivered", len(ids))
}

// sends counts how often each event was sent.
func (t Traffic) sends() map[string]int {
	n := map[string]int{}
	for _, e := range t.Events {
		n[e.InsertID]++
	}
	return n
}
