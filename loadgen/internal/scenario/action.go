package scenario

import (
	"github.com/ammeter/ammeter/simulator/control"
)

// Action happens at a time of the load. Exactly one member besides At is set.
type Action struct {
	// At is counted from the start of the load, in real time.
	At Duration `yaml:"at"`

	// AdvanceClock moves the simulator's clock forward, ScaleClock sets how many
	// simulated seconds a real one has.
	AdvanceClock Duration `yaml:"advance_clock"`
	ScaleClock   float64  `yaml:"scale_clock"`

	// ExpireKey ends the API key, RenewKey takes that back.
	ExpireKey bool `yaml:"expire_key"`
	RenewKey  bool `yaml:"renew_key"`
	// RotateKey makes a successor of the key, GiveKey writes the newest key into
	// the file of the exporter and signals it, as an operator does.
	RotateKey *Rotation `yaml:"rotate_key"`
	GiveKey   bool      `yaml:"give_key"`

	// Fault changes answers of the simulator, ClearFaults ends all faults.
	Fault       *Fault `yaml:"fault"`
	ClearFaults bool   `yaml:"clear_faults"`
	// Limits replaces the limits.
	Limits *Limits `yaml:"limits"`
}

// Rotation of a key.
type Rotation struct {
	// Overlap is for how long the old key goes on working, on the simulator's clock.
	Overlap Duration `yaml:"overlap"`
}

// Fault changes answers of the simulator. Exactly one of Status, Latency and Reset
// is set.
type Fault struct {
	// Status is the status to answer with, such as 503.
	Status int `yaml:"status"`
	// Latency is by how much answers are delayed.
	Latency Duration `yaml:"latency"`
	// Reset breaks the connection instead of answering.
	Reset bool `yaml:"reset"`
	// Taken is the probability that the events are taken although the answer is a
	// Status or Reset. Default 0.
	Taken float64 `yaml:"taken"`
	// Probability that a request is hit. Default 1.
	Probability *float64 `yaml:"probability"`
	// Every hits every Nth request, First the first N.
	Every uint64 `yaml:"every"`
	First uint64 `yaml:"first"`
	// For is how long the fault lasts. Default until it is cleared.
	For Duration `yaml:"for"`
}

// Name says in a word what the action is.
func (a *Action) Name() string {
	for name, set := range a.members() {
		if set {
			return name
		}
	}
	return ""
}

func (a *Action) members() map[string]bool {
	return map[string]bool{
		"advance_clock": a.AdvanceClock != 0, "scale_clock": a.ScaleClock != 0,
		"expire_key": a.ExpireKey, "renew_key": a.RenewKey, "rotate_key": a.RotateKey != nil, "give_key": a.GiveKey,
		"fault": a.Fault != nil, "clear_faults": a.ClearFaults, "limits": a.Limits != nil,
	}
}

// Control is the fault as the control API has it, aimed at a key.
func (f *Fault) Control(apiKey string, seed uint64) control.Fault {
	rule := control.Fault{
		Target: control.FaultTarget{APIKey: apiKey},
		When:   control.FaultWhen{Probability: f.Probability, First: f.First, Every: f.Every},
		TTL:    control.Seconds(f.For.Value().Seconds()), Seed: seed,
	}
	taken := f.Taken
	switch {
	case f.Latency > 0:
		rule.Do.Latency = &control.LatencyFault{Delay: control.Seconds(f.Latency.Value().Seconds())}
	case f.Reset:
		rule.Do.Reset = &control.ResetFault{Taken: taken}
	case f.Status == 500 || f.Status == 502 || f.Status == 503 || f.Status == 504:
		rule.Do.ServerError = &control.ServerErrorFault{Status: f.Status, Taken: &taken}
	default:
		rule.Do.Status = &control.StatusFault{Status: f.Status, Taken: taken}
	}
	return rule
}

// Control is the limits as the control API has them.
func (l *Limits) Control() *control.Limits {
	if l == nil {
		return nil
	}
	seconds := func(d *Duration) *int {
		if d == nil {
			return nil
		}
		n := int(d.Value().Seconds())
		return &n
	}
	return &control.Limits{
		Profile: control.Profile(l.Profile), EventsPerSecond: l.EventsPerSecond, WindowSeconds: seconds(l.Window),
		DailyQuota: l.DailyQuota, QuotaStepSeconds: seconds(l.QuotaStep), Users: l.Users,
	}
}
