package verdict

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/simulator/control"
)

// BystanderDelay passes when each event of other devices whose posting was timed was
// accepted within that time of it, although the device was refused meanwhile.
func BystanderDelay(t Traffic, device string, within time.Duration) Verdict {
	refused := slices.ContainsFunc(t.attempts(device), func(a attempt) bool { return a.refused })
	others := t.Only(func(p Posted) bool { return p.Device != device && !p.At.IsZero() })
	if v := Delivered(others); v.Outcome != Pass {
		return v
	}
	posted := map[string]time.Time{}
	for _, p := range others.Posted {
		posted[p.ID] = p.At
	}
	var list []string
	var delays []time.Duration
	for _, e := range t.Accepted() {
		at, timed := posted[e.InsertID]
		if !timed {
			continue
		}
		delete(posted, e.InsertID) // the first time counts
		took := e.At.Sub(at)
		delays = append(delays, took)
		if took > within {
			list = append(list, fmt.Sprintf("%q took %s, allowed are %s", e.InsertID, round(took), round(within)))
		}
	}
	switch {
	case len(list) > 0:
		return failWith(fmt.Sprintf("%d of %d events of other devices delayed", len(list), len(delays)), list)
	case len(delays) == 0:
		return HarnessError("no event to judge")
	case !refused:
		return Skipped("the device was never refused, so it had no neighbors to delay")
	}
	slices.Sort(delays)
	const percent, most = 99, 100
	p99 := delays[(len(delays)-1)*percent/most]
	return Passed("%s of other devices took %s at most, p99 %s", plural.Of(len(delays), "event"), round(delays[len(delays)-1]), round(p99))
}

// ReturnsWithin passes when the device was sent again within that time of each refusal.
func ReturnsWithin(t Traffic, device string, within time.Duration) Verdict {
	attempts := t.attempts(device)
	refusals, longest := 0, time.Duration(0)
	for i, a := range attempts {
		if !a.refused {
			continue
		}
		refusals++
		if i+1 == len(attempts) {
			return Failed("not sent again after refusal %d", refusals)
		}
		gap := attempts[i+1].at.Sub(a.at)
		longest = max(longest, gap)
		if gap > within {
			return Failed("sent again %s after refusal %d, allowed are %s", round(gap), refusals, round(within))
		}
	}
	if refusals == 0 {
		return Skipped("the device was never refused, so there was no pause to return from")
	}
	return Passed("%s, sent again %s after at the latest", plural.Of(refusals, "refusal"), round(longest))
}

// OwnPause is ReturnsWithin of a device, if other devices were refused for longer than that after
// its first refusal.
func OwnPause(t Traffic, device string, within time.Duration) Verdict {
	var first, last time.Time
	own := t.idsOf(device)
	for _, e := range t.Events {
		switch {
		case e.Outcome != control.Throttled:
		case own[e.InsertID] && first.IsZero():
			first = e.At
		case !own[e.InsertID]:
			last = e.At
		}
	}
	v := ReturnsWithin(t, device, within)
	if meanwhile := last.Sub(first); v.Outcome == Pass && meanwhile <= within {
		return Skipped("others were refused until %s after the device, which shows nothing below %s", round(meanwhile), round(within))
	}
	return v
}

// NotSynchronized passes when, in one of the rounds at least, devices that were refused in
// the same request did not all return in the same request. A round is the devices
// whose names start alike; several, because an overloaded machine brings
// events together that were meant to be apart.
func NotSynchronized(t Traffic, rounds ...string) Verdict {
	judged, together := 0, 0
	for _, round := range rounds {
		of := t.Only(func(p Posted) bool { return strings.HasPrefix(p.Device, round) })
		if len(of.Posted) == 0 {
			continue
		}
		if v := Delivered(of); v.Outcome != Pass {
			return v
		}
		returns, parked := of.returns()
		if parked < 2 {
			continue
		}
		judged++
		if returns > 1 {
			return Passed("%s returned in %s", plural.Of(parked, "device"), plural.Of(returns, "request"))
		}
		together = parked
	}
	if judged == 0 {
		return Skipped("no two devices were refused in the same request")
	}
	return Failed("%d devices refused in the same request returned in the same request, %d times out of %d", together, judged, judged)
}

// returns counts the devices that were refused in the first request that refused
// any, and the requests in which they came again first.
func (t Traffic) returns() (requests, devices int) {
	device := map[string]string{}
	for _, p := range t.Posted {
		device[p.ID] = p.Device
	}
	first := uint64(0)
	back := map[string]uint64{} // 0: refused, not seen again yet
	for _, e := range t.Events {
		d, ours := device[e.InsertID]
		if !ours {
			continue
		}
		if isRefused(e) && (first == 0 || e.Request == first) {
			first = e.Request
			back[d] = 0
			continue
		}
		if at, waits := back[d]; waits && at == 0 && e.Request != first {
			back[d] = e.Request
		}
	}
	seen := map[uint64]bool{}
	for _, at := range back {
		seen[at] = true
	}
	return len(seen), len(back)
}
