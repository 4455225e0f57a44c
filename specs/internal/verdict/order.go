package verdict

import "github.com/ammeter/ammeter/internal/plural"

// Order passes when the accepted events of the device came in the order in which
// they were posted, all of them.
func Order(t Traffic, device string) Verdict {
	own := t.Only(func(p Posted) bool { return p.Device == device })
	if v := Delivered(own); v.Outcome != Pass {
		return v
	}
	place := map[string]int{}
	for i, p := range own.Posted {
		place[p.ID] = i
	}
	before := -1
	for _, e := range t.acceptedOf(t.idsOf(device)) {
		here := place[e.InsertID]
		if here < before {
			return Failed("event %d of the device was accepted after event %d", here+1, before+1)
		}
		before = here
	}
	return Passed("%s in the order they were posted", plural.Of(len(own.Posted), "event"))
}
