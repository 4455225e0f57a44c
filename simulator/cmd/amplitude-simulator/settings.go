package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ammeter/ammeter/internal/secret"
	"github.com/ammeter/ammeter/internal/version"
	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// settings are the flags that shape the simulator.
type settings struct {
	seeds

	Region     string   `placeholder:"us|eu" help:"Take only the keys of this region. Default: those of both."`
	AdminToken string   `placeholder:"TOKEN" help:"Ask callers of the control API for this bearer token; \"auto\" makes one up and prints it."`
	AllowHost  []string `sep:"none" placeholder:"NAME" help:"Let the control API and /metrics be called under this host name, too; may be given several times. Addresses, names without a dot and names of private networks always work, and any name with the token but for /metrics."`

	Limits      control.Limits `embed:""`
	Strict      bool           `help:"The same as --profile strict."`
	OnlyDevices bool           `help:"Do not limit users, only devices."`

	Behavior     map[string]string `mapsep:"," placeholder:"NAME=VALUE" help:"Set a switch of the fidelity table; may be given several times."`
	FreezeAt     time.Time         `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"Start with the clock stopped at an instant, in RFC 3339."`
	JournalBytes int               `default:"268435456" placeholder:"N" help:"What the journal keeps at most (${default}); 0 for counts only."`
	MaxTracked   int               `placeholder:"N" help:"Devices and users of a project that are counted at most; those beyond are refused. Default: no bound."`
}

func (s *settings) options(file *configFile, seed control.Seed) (opts []simulator.Option, err error) {
	if s.AdminToken != "" {
		if s.AdminToken, err = secret.Clean([]byte(s.AdminToken)); err != nil {
			return nil, fmt.Errorf("admin token: %w", err)
		}
	}
	opts = []simulator.Option{
		simulator.WithSeed(seed),
		simulator.WithRegion(s.Region),
		simulator.WithAdminToken(s.AdminToken),
		simulator.WithLimits(s.limits(file.Limits)),
		simulator.WithJournalBytes(s.JournalBytes),
		simulator.WithMaxTracked(s.MaxTracked),
		simulator.WithVersion(version.Number()),
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
func (s *settings) limits(file control.Limits) control.Limits {
	given := s.Limits
	if s.Strict && given.Profile == "" {
		given.Profile = control.Strict
	}
	if s.OnlyDevices {
		given.Users = new(bool)
	}
	return limits.Override(file, given)
}
