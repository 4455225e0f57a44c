package scenario

import (
	"fmt"
	"math/rand/v2"
	"sort"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
)

// mix chooses payloads.
type mix struct {
	identified, anonymous, unaddressable choice
	hot                                  choice // with user and device
	malformed, shortIDs, seconds         choice
	ids                                  IDs
}

// choice is a set of payloads of which one is drawn: first a type by weight, then
// one of its payloads.
type choice struct {
	upTo  []float64 // sums of the weights of the types
	cases [][]int32 // payloads of each type
}

func (c *choice) draw(rng *rand.Rand) int32 {
	u := rng.Float64() * c.upTo[len(c.upTo)-1]
	cases := c.cases[min(sort.SearchFloat64s(c.upTo, u), len(c.upTo)-1)]
	return cases[rng.IntN(len(cases))]
}

func (c *choice) empty() bool { return len(c.upTo) == 0 }

// newMix sorts the payloads. They are grouped by type.
func newMix(s *Scenario, payloads []loadgen.Payload, weights map[string]float64) (*mix, error) {
	m := &mix{ids: s.IDs}
	for i := range payloads {
		p := &payloads[i]
		weight := 1.0
		if len(weights) > 0 {
			weight = weights[p.Type]
		}
		if weight == 0 {
			continue
		}
		for _, c := range m.of(p) {
			c.add(int32(i), payloads, weight)
		}
	}
	for _, need := range []struct {
		what   string
		share  float64
		choice *choice
	}{
		{"identified", s.IDs.Identified, &m.identified},
		{"anonymous", s.IDs.Anonymous, &m.anonymous},
		{"unaddressable", s.IDs.Unaddressable, &m.unaddressable},
		{"malformed", s.Malformed, &m.malformed},
		{"short_ids", s.Mistakes.ShortIDs, &m.shortIDs},
		{"seconds", s.Mistakes.Seconds, &m.seconds},
		{"hot", float64(len(s.Devices.Hot)), &m.hot},
	} {
		if need.share > 0 && need.choice.empty() {
			return nil, fmt.Errorf("the types chosen have no events that are %s", need.what)
		}
	}
	return m, nil
}

// of returns the choices that a payload belongs to. Valid events that keep ids of
// their fixture belong to none: all of them would be of one device.
func (m *mix) of(p *loadgen.Payload) []*choice {
	switch {
	case p.Defect == loadgen.Malformed:
		return []*choice{&m.malformed}
	case p.Defect == loadgen.ShortID:
		return []*choice{&m.shortIDs}
	case p.Defect == loadgen.Seconds:
		return []*choice{&m.seconds}
	case p.Dropped == "unaddressable":
		return []*choice{&m.unaddressable}
	case p.Delivers && p.User && p.Device:
		return []*choice{&m.identified, &m.hot}
	case p.Delivers && p.User:
		return []*choice{&m.identified}
	case p.Delivers && p.Device:
		return []*choice{&m.anonymous}
	}
	return nil
}

// valid draws an event without a defect, by the shares of ids.
func (m *mix) valid(rng *rand.Rand) int32 {
	u := rng.Float64() * (m.ids.Identified + m.ids.Anonymous + m.ids.Unaddressable)
	switch {
	case u < m.ids.Anonymous:
		return m.anonymous.draw(rng)
	case u < m.ids.Anonymous+m.ids.Unaddressable:
		return m.unaddressable.draw(rng)
	}
	return m.identified.draw(rng)
}

// weights returns the weights by the names that payloads have.
func weights(set *fixtures.Set, types map[string]float64) (map[string]float64, error) {
	byName := map[string]float64{}
	for name, weight := range types {
		t, ok := set.Type(name)
		if !ok {
			return nil, fmt.Errorf("event type %q is not in the fixtures", name)
		}
		byName[t.Name] += weight
	}
	return byName, nil
}

// add puts a payload into a choice. Payloads of a type come one after another.
func (c *choice) add(payload int32, payloads []loadgen.Payload, weight float64) {
	if n := len(c.cases); n > 0 && payloads[c.cases[n-1][0]].Type == payloads[payload].Type {
		c.cases[n-1] = append(c.cases[n-1], payload)
		return
	}
	sum := weight
	if n := len(c.upTo); n > 0 {
		sum += c.upTo[n-1]
	}
	c.upTo = append(c.upTo, sum)
	c.cases = append(c.cases, []int32{payload})
}
