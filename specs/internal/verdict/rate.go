package verdict

import (
	"fmt"
	"time"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/simulator/control"
)

// RateLimit passes when no second of the simulator's clock saw more than limit
// events of the device, whatever became of them.
func RateLimit(t Traffic, device string, limit int) Verdict {
	ids := t.idsOf(device)
	perSecond := map[int64]int{}
	most, total := 0, 0
	var worst time.Time
	for _, e := range t.Events {
		if !ids[e.InsertID] {
			continue
		}
		total++
		second := e.At.Unix()
		perSecond[second]++
		if perSecond[second] > most {
			most, worst = perSecond[second], time.Unix(second, 0).UTC()
		}
	}
	switch {
	case total == 0:
		return Failed("none of the %d events of the device was sent", len(ids))
	case most > limit:
		return Failed("%d events of one device in the second %s, repeats included, allowed are %d", most, worst.Format(time.TimeOnly), limit)
	default:
		return Passed("at most %s in one second, %d in all, repeats included", plural.Of(most, "event"), total)
	}
}

// RateFloor passes when the accepted events of the device came at no less than
// that many a second.
func RateFloor(t Traffic, device string, perSecond float64) Verdict {
	accepted := t.acceptedOf(t.idsOf(device))
	if len(accepted) < 2 {
		return Failed("accepted: %s of the device", plural.Of(len(accepted), "event"))
	}
	took := accepted[len(accepted)-1].At.Sub(accepted[0].At)
	// The first event opens the clock, so n events span n-1 steps.
	allowed := time.Duration(float64(len(accepted)-1) / perSecond * float64(time.Second))
	if took > allowed {
		return Failed("%d events took %s, at %g/s they take %s", len(accepted), round(took), perSecond, round(allowed))
	}
	return Passed("%s in %s", plural.Of(len(accepted), "event"), round(took))
}

// NotDelayed passes when every event of other devices was accepted within that
// time after the first event of all.
func NotDelayed(t Traffic, device string, within time.Duration) Verdict {
	accepted := t.Accepted()
	if len(accepted) == 0 {
		return Failed("nothing was accepted")
	}
	return t.othersBy(device, accepted[0].At, within, "after the first event")
}

// othersBy passes when every event of other devices was accepted by from+within.
func (t Traffic) othersBy(device string, from time.Time, within time.Duration, since string) Verdict {
	others := t.Only(func(p Posted) bool { return p.Device != device })
	if v := Delivered(others); v.Outcome != Pass {
		return v
	}
	ids := map[string]bool{}
	for _, p := range others.Posted {
		ids[p.ID] = true
	}
	var slowest time.Duration
	var list []string
	for _, e := range t.acceptedOf(ids) {
		took := e.At.Sub(from)
		slowest = max(slowest, took)
		if took > within {
			list = append(list, fmt.Sprintf("%q came %s %s, allowed are %s", e.InsertID, round(took), since, round(within)))
		}
	}
	if len(list) > 0 {
		return failWith(fmt.Sprintf("%d of %d events of other devices delayed", len(list), len(ids)), list)
	}
	return Passed("%s of other devices came at most %s %s", plural.Of(len(ids), "event"), round(slowest), since)
}

func (t Traffic) acceptedOf(ids map[string]bool) []control.Event {
	var of []control.Event
	for _, e := range t.Accepted() {
		if ids[e.InsertID] {
			of = append(of, e)
		}
	}
	return of
}

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
