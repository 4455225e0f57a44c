package main

import (
	"maps"
	"slices"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// settings are the flags that shape the simulator.
type settings struct {
	seeds

	Region     string `placeholder:"us|eu" help:"Take only the keys of this region. Default: those of both."`
	AdminToken string `placeholder:"TOKEN" help:"Ask callers of the control API for this bearer token; \"auto\" makes one up and prints it."`

	Profile              string `placeholder:"NAME" help:"Limits to start from: published, strict (rates over one second) or starter (limits of the Starter plan, too)."`
	Strict               bool   `help:"The same as --profile strict."`
	EventsPerSecond      *int   `placeholder:"N" help:"Events per second of a device or user on /2/httpapi (30); 0 for no limit."`
	BatchEventsPerSecond *int   `placeholder:"N" help:"The same on /batch (1000)."`
	WindowSeconds        *int   `placeholder:"N" help:"Length of the window that rates are averaged over (30)."`
	DailyQuota           *int   `placeholder:"N" help:"Events of a device or user in a rolling day (500000); 0 for no limit."`
	QuotaStepSeconds     *int   `placeholder:"N" help:"Length of one of the 24 steps of the rolling day (3600)."`
	OnlyDevices          bool   `help:"Do not limit users, only devices."`

	Behavior     map[string]string `mapsep:"," placeholder:"NAME=VALUE" help:"Set a switch of the fidelity table; may be given several times."`
	FreezeAt     time.Time         `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"Start with the clock stopped at an instant, in RFC 3339."`
	JournalBytes int               `default:"268435456" placeholder:"N" help:"What the journal keeps at most (${default}); 0 for counts only."`
	MaxTracked   int               `placeholder:"N" help:"Devices and users of a project that are counted at most; those beyond are refused. Default: no bound."`
}

func (s *settings) options(file *configFile) ([]simulator.Option, error) {
	seed, err := s.seed(file)
	if err != nil {
		return nil, err
	}
	opts := []simulator.Option{
		simulator.WithSeed(seed),
		simulator.WithRegion(s.Region),
		simulator.WithAdminToken(s.AdminToken),
		simulator.WithLimits(s.limits(file.Limits)),
		simulator.WithJournalBytes(s.JournalBytes),
		simulator.WithMaxTracked(s.MaxTracked),
		simulator.WithVersion(version),
	}
	behavior := maps.Clone(file.Behavior)
	if behavior == nil {
		behavior = map[string]string{}
	}
	maps.Copy(behavior, s.Behavior)
	for _, name := range slices.Sorted(maps.Keys(behavior)) {
		opts = append(opts, simulator.WithBehavior(name, behavior[name]))
	}
	if !s.FreezeAt.IsZero() {
		opts = append(opts, simulator.WithFrozenClock(s.FreezeAt))
	}
	return opts, nil
}

// limits are those of the file, as far as no flag replaces them.
func (s *settings) limits(l control.Limits) control.Limits {
	for _, n := range []struct{ to, from **int }{
		{&l.EventsPerSecond, &s.EventsPerSecond},
		{&l.BatchEventsPerSecond, &s.BatchEventsPerSecond},
		{&l.WindowSeconds, &s.WindowSeconds},
		{&l.DailyQuota, &s.DailyQuota},
		{&l.QuotaStepSeconds, &s.QuotaStepSeconds},
	} {
		if *n.from != nil {
			*n.to = *n.from
		}
	}
	switch {
	case s.Profile != "":
		l.Profile = s.Profile
	case s.Strict:
		l.Profile = "strict"
	}
	if s.OnlyDevices {
		l.Users = new(bool)
	}
	return l
}
