package runner

import (
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/fixtureset"
	"github.com/ammeter/ammeter/loadgen/internal/scenario"
	"github.com/ammeter/ammeter/simulator/amplitude"
)

// Load is what a run sends and what must hold in the end. A replay is a scenario of one
// phase, without actions and thresholds.
type Load struct {
	Scenario *scenario.Scenario
	// Plan is the compiled scenario. Planned is zero in a replay: then both ends are
	// compared by their counts, not event by event.
	Plan     *scenario.Compiled
	Encoder  loadgen.Encoder
	Payloads []loadgen.Payload
	IDs      loadgen.Identities
	// DeviceID names a device. Nil: devices are not reported.
	DeviceID func(device int32) string
	// DeviceLimit is the rate of a device that the report compares with.
	DeviceLimit float64
	// Rate is the events per second, 0 if it is not one number.
	Rate float64
}

// FromScenario compiles a scenario for the key of env.
func FromScenario(s *scenario.Scenario, env *Env, now time.Time) (*Load, error) {
	set, err := fixtureset.Load()
	if err != nil {
		return nil, err
	}
	ids := loadgen.Identities{Seed: s.Seed}
	if env.Reused {
		ids.Run = uint64(now.UnixNano())
	}
	events, err := loadgen.NewFixtures(set, s.Fixtures(env.Key, ids))
	if err != nil {
		return nil, err
	}
	plan, err := s.Compile(set, events.Payloads)
	if err != nil {
		return nil, err
	}
	l := &Load{
		Scenario: s, Plan: plan, Encoder: events, Payloads: events.Payloads, IDs: ids,
		DeviceID: ids.Device, DeviceLimit: amplitude.EventsPerSecond,
	}
	if limits := s.Simulator.Limits; limits != nil && limits.EventsPerSecond != nil && *limits.EventsPerSecond > 0 {
		l.DeviceLimit = float64(*limits.EventsPerSecond)
	}
	return l, nil
}

// isPlanned reports whether the outcome of each event is compared.
func (l *Load) isPlanned() bool { return l.Plan.Planned.Events > 0 }

// deliverable counts, of events counted by payload, those that must arrive at Amplitude.
func (l *Load) deliverable(counts []uint64) (n uint64) {
	for i, count := range counts {
		if l.Payloads[i].Delivers {
			n += count
		}
	}
	return n
}

// summaryConfig adds to a result what the generator does not know.
func (l *Load) summaryConfig(target loadgen.Target, version string, maxLate float64) loadgen.SummaryConfig {
	s, schedule := l.Scenario, l.Plan.Schedule
	return loadgen.SummaryConfig{
		Version: version,
		Plan: loadgen.PlanInfo{
			Name: s.Name, Target: target.Shown(), Kind: target.Kind, Seed: s.Seed, Rate: l.Rate,
			Duration: schedule.Duration.Seconds(), Batch: s.Batch, Devices: l.Plan.Devices,
			Events: schedule.Events, Sends: schedule.Sends, DeviceLimit: l.DeviceLimit,
		},
		MaxLate:  maxLate,
		TypeOf:   func(payload int) string { return l.Payloads[payload].Type },
		DeviceID: l.DeviceID,
	}
}
