package verdict

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/internal/plural"
)

// FirstRefusals is how many requests may be refused as an outage begins: those that were under
// way, one for each lane of the exporter, and a first round of retries.
const FirstRefusals = 10

// BoundedRetries passes when the requests refused from one instant to the other are no
// more than a first few and then perSecond.
func BoundedRetries(t Traffic, from, to time.Time, perSecond float64) Verdict {
	refused := 0
	for _, r := range t.Requests {
		if r.Status != http.StatusOK && !r.At.Before(from) && r.At.Before(to) {
			refused++
		}
	}
	lasted := to.Sub(from)
	allowed := FirstRefusals + int(perSecond*lasted.Seconds())
	switch {
	case refused == 0:
		return Failed("no request was refused in %s: the exporter did not try", round(lasted))
	case refused > allowed:
		return Failed("%d refused requests in %s, allowed are %d", refused, round(lasted), allowed)
	default:
		return Passed("%d refused requests in %s", refused, round(lasted))
	}
}

// RefusedFor passes a verdict about a time in which requests were refused on, if any was.
func RefusedFor(t Traffic, from, to time.Time, v Verdict) Verdict {
	refused := 0
	for _, r := range t.Requests {
		if r.Status != http.StatusOK && !r.At.Before(from) && r.At.Before(to) {
			refused++
		}
	}
	if v.Outcome != Pass {
		return v
	}
	if refused == 0 {
		return Skipped("no request was refused in %s, so this has not been shown", round(to.Sub(from)))
	}
	v.Evidence = fmt.Sprintf("%s refused in %s; %s", plural.Of(refused, "request"), round(to.Sub(from)), v.Evidence)
	return v
}

// Resumed passes when the first posted event accepted after the instant came
// within that time.
func Resumed(t Traffic, from time.Time, within time.Duration) Verdict {
	ids := map[string]bool{}
	for _, p := range t.Posted {
		ids[p.ID] = true
	}
	for _, e := range t.acceptedOf(ids) {
		took := e.At.Sub(from)
		switch {
		case took < 0:
		case took > within:
			return Failed("the first event came %s after, allowed are %s", round(took), round(within))
		default:
			return Passed("the first event came %s after", round(took))
		}
	}
	return Failed("nothing was accepted in the time watched")
}
