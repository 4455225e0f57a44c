package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen"
)

// Compiled is a scenario ready to be run.
type Compiled struct {
	Schedule *loadgen.Schedule
	// Actions are in the order of their time.
	Actions []Action
	// Windows are the phases.
	Windows []Window
	// Devices is the size of the population in the end, hot devices included.
	Devices int
	Planned loadgen.Planned
}

// Window is the time of a phase. Hot reports whether a hot device is busy in it.
type Window struct {
	Start, End time.Duration
	Hot        bool
}

// Fixtures is what an encoder needs to know to send the scenario's events.
func (s *Scenario) Fixtures(apiKey string, ids loadgen.Identities) loadgen.FixturesConfig {
	cfg := loadgen.FixturesConfig{Kind: s.Target, APIKey: apiKey, Identities: ids, Devices: true}
	if s.Malformed > 0 {
		cfg.Defects = append(cfg.Defects, loadgen.Malformed)
	}
	if s.Mistakes.ShortIDs > 0 {
		cfg.Defects = append(cfg.Defects, loadgen.ShortID)
		cfg.DefaultIDLength = true
	}
	if s.Mistakes.Seconds > 0 {
		cfg.Defects = append(cfg.Defects, loadgen.Seconds)
	}
	return cfg
}

// Compile plans every event. Payloads are those of the encoder that Fixtures
// configures.
func (s *Scenario) Compile(set *fixtures.Set, payloads []loadgen.Payload) (*Compiled, error) {
	byType, err := weights(set, s.Types)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", s.Name, err)
	}
	m, err := newMix(s, payloads, byType)
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", s.Name, err)
	}
	all := newPopulation(s.Devices, s.Length())
	schedule, err := loadgen.Plan{
		Phases: s.phases(int32(all.total)), Batch: s.Batch, Mix: &eventMix{scenario: s, mix: m, population: all},
	}.Schedule()
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", s.Name, err)
	}
	c := &Compiled{Schedule: schedule, Actions: slices.Clone(s.Actions), Devices: all.total}
	slices.SortStableFunc(c.Actions, func(a, b Action) int { return cmp.Compare(a.At, b.At) })
	for _, h := range s.Devices.Hot {
		c.Devices += h.Count
	}
	at := time.Duration(0)
	for i := range s.Phases {
		end := at + s.Phases[i].For.Value()
		c.Windows = append(c.Windows, Window{Start: at, End: end, Hot: s.hotIn(i)})
		at = end
	}
	c.Planned = count(c.Schedule, payloads)
	if c.Planned.Events == 0 {
		return nil, fmt.Errorf("compile %s: no phase sends anything", s.Name)
	}
	return c, nil
}

// count runs through a schedule.
func count(s *loadgen.Schedule, payloads []loadgen.Payload) (p loadgen.Planned) {
	var send loadgen.Send
	tally := func(yes bool, n *uint64) {
		if yes {
			*n++
		}
	}
	for next := s.Start(); next(&send); {
		for i := range send.Events {
			e := &send.Events[i]
			payload := &payloads[e.Payload]
			again := e.Number < p.Distinct
			p.Events++
			tally(again, &p.Duplicates)
			tally(!again, &p.Distinct)
			tally(!again && payload.Delivers, &p.Deliverable)
			tally(!again && e.Skew < 0, &p.Late)
			tally(e.Hot, &p.Hot)
			tally(payload.Dropped == "unaddressable", &p.Unaddressable)
			tally(payload.Defect == loadgen.Malformed, &p.Malformed)
			tally(payload.Defect == loadgen.ShortID, &p.ShortIDs)
			tally(payload.Defect == loadgen.Seconds, &p.Seconds)
		}
	}
	return p
}
