package scenario

import (
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/pace"
)

// Scenario is one file. Absent members have the default in their comment.
type Scenario struct {
	// Name is that of the file without its ending. Description says in a few sentences
	// what happens, Scale which time or limit is compressed and by how much.
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
	Scale       string `yaml:"scale"`
	// Seed makes the load; the same seed, the same load. Default 1.
	Seed uint64 `yaml:"seed"`
	// Target is exporter or amplitude. Default exporter.
	Target loadgen.Kind `yaml:"target"`

	// Simulator and Exporter are the settings these two start with.
	Simulator Simulator `yaml:"simulator"`
	Exporter  Exporter  `yaml:"exporter"`

	// Phases follow each other; at least one. Batch is the number of events in a
	// request, by default 1.
	Phases []Phase `yaml:"phases"`
	Batch  int     `yaml:"batch"`

	Devices Devices `yaml:"devices"`
	// Types are weights by event type; by default all types weigh the same.
	Types map[string]float64 `yaml:"types"`
	IDs   IDs                `yaml:"ids"`
	Late  Late               `yaml:"late"`
	// Shares of all events but those of hot devices, from 0 to 1: events sent a
	// second time, events that are none, and mistakes of a mapping.
	Duplicates float64  `yaml:"duplicates"`
	Malformed  float64  `yaml:"malformed"`
	Mistakes   Mistakes `yaml:"mistakes"`

	Actions []Action `yaml:"actions"`
	// Expect are kinds of answers that do not make the run fail: a status as 429,
	// a class as 5xx, or "no answer".
	Expect []string `yaml:"expect"`
	// Settle is the longest wait for the exporter to be done, from the end of the
	// load on. Default 20 s.
	Settle Duration `yaml:"settle"`
	// Thresholds are what must hold in the end; see Threshold.
	Thresholds []string `yaml:"thresholds"`
}

// Phase is a stretch of the load. One of Rate, Ramp, Sine and Burst sets its pace,
// in events per second; without any of them nothing is sent.
type Phase struct {
	Name string   `yaml:"name"`
	For  Duration `yaml:"for"`
	Rate float64  `yaml:"rate"`
	// Ramp lasts as long as the phase.
	Ramp  *pace.Ramp  `yaml:"ramp"`
	Sine  *pace.Sine  `yaml:"sine"`
	Burst *pace.Burst `yaml:"burst"`
}

// Devices is the population. Each device has one user.
type Devices struct {
	// Count is the number of devices at the start. Default 1000.
	Count int `yaml:"count"`
	// Zipf is the exponent of the law that makes some busier than others. 0, the
	// default, makes all alike.
	Zipf float64 `yaml:"zipf"`
	// New is the number of devices that join each second.
	New float64 `yaml:"new_per_second"`
	// Hot are devices beyond Count that are meant to be too busy.
	Hot []Hot `yaml:"hot"`
}

// Hot is a group of hot devices: either Rate or Share is set.
type Hot struct {
	// Count is the number of devices. Default 1.
	Count int `yaml:"count"`
	// Rate is the events per second of each, on top of the pace of the phase.
	Rate float64 `yaml:"rate"`
	// Share is what all of them have together of the events of the phase.
	Share float64 `yaml:"share"`
	// Phases are the names of those in which they are busy. Default all.
	Phases []string `yaml:"phases"`
}

// IDs are shares of events by the ids they have; they are scaled to a sum of 1. By
// default all are identified.
type IDs struct {
	Identified    float64 `yaml:"identified"`    // with a user, and often a device
	Anonymous     float64 `yaml:"anonymous"`     // with a device only
	Unaddressable float64 `yaml:"unaddressable"` // with neither; not for target amplitude
}

// Late makes a share of the events late: their own time is up to By before the
// time they are sent.
type Late struct {
	Share float64  `yaml:"share"`
	By    Duration `yaml:"by"`
}

// Mistakes are shares of events that a mapping breaks; for target amplitude only.
type Mistakes struct {
	ShortIDs float64 `yaml:"short_ids"` // ids of four characters
	Seconds  float64 `yaml:"seconds"`   // time in seconds instead of milliseconds
}

// Simulator are the settings of the simulated Amplitude.
type Simulator struct {
	Limits *Limits `yaml:"limits"`
	// ClockScale is the number of simulated seconds in a real one. Default 1.
	ClockScale float64 `yaml:"clock_scale"`
	// KeyExpiresIn is when the API key expires, on the simulator's clock, counted
	// from the start of the load. By default it does not.
	KeyExpiresIn Duration `yaml:"key_expires_in"`
}

// Limits of the simulated project. Absent ones are as published.
type Limits struct {
	Profile         string    `yaml:"profile"` // published or strict (a window of a second)
	EventsPerSecond *int      `yaml:"events_per_second"`
	Window          *Duration `yaml:"window"` // whole seconds
	DailyQuota      *int      `yaml:"daily_quota"`
	QuotaStep       *Duration `yaml:"quota_step"` // whole seconds; the day has 24 steps
	Users           *bool     `yaml:"users"`      // whether users are limited as devices are
}

// Exporter are the settings of the exporter that is started. Absent ones are its
// own defaults.
type Exporter struct {
	ThrottlePause   Duration `yaml:"throttle_pause"`
	QuotaPause      Duration `yaml:"quota_pause"`
	CredentialGrace Duration `yaml:"credential_grace"`
}

// Duration is written like 30s or 1h30m.
type Duration time.Duration

// Value is the duration as the standard library has it.
func (d Duration) Value() time.Duration { return time.Duration(d) }

func (d Duration) String() string { return time.Duration(d).String() }

// UnmarshalText reads a duration that is not negative.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil || v < 0 {
		return errDuration(text)
	}
	*d = Duration(v)
	return nil
}

// Length is the length of the load.
func (s *Scenario) Length() (d time.Duration) {
	for _, p := range s.Phases {
		d += p.For.Value()
	}
	return d
}
