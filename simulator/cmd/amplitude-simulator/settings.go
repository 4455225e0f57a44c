package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// settings are the flags that shape the simulator.
type settings struct {
	Key        []string `placeholder:"KEY" help:"Create an API key; may be given several times. Only created keys are accepted."`
	KeyFile    string   `type:"existingfile" placeholder:"FILE" help:"Create the API keys in a file, one a line."`
	Region     string   `placeholder:"us|eu" help:"Take only the keys of this region. Default: any."`
	AdminToken string   `placeholder:"TOKEN" help:"Ask callers of the control API for this bearer token."`

	Strict               bool `help:"Average rates over one second instead of thirty."`
	EventsPerSecond      *int `placeholder:"N" help:"Events per second of a device or user on /2/httpapi (30); 0 for no limit."`
	BatchEventsPerSecond *int `placeholder:"N" help:"The same on /batch (1000)."`
	WindowSeconds        *int `placeholder:"N" help:"Length of the window that rates are averaged over (30)."`
	DailyQuota           *int `placeholder:"N" help:"Events of a device or user in a rolling day (500000); 0 for no limit."`
	QuotaStepSeconds     *int `placeholder:"N" help:"Length of one of the 24 steps of the rolling day (3600)."`
	OnlyDevices          bool `help:"Do not limit users, only devices."`

	Behavior     map[string]string `mapsep:"," placeholder:"NAME=VALUE" help:"Set a switch of the fidelity table; may be given several times."`
	FreezeAt     time.Time         `format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"Start with the clock stopped at an instant, in RFC 3339."`
	JournalBytes int               `default:"268435456" placeholder:"N" help:"What the journal keeps at most (${default})."`
}

func (s *settings) options() ([]simulator.Option, error) {
	keys, err := s.keys()
	if err != nil {
		return nil, err
	}
	opts := []simulator.Option{
		simulator.WithKey(keys...),
		simulator.WithRegion(s.Region),
		simulator.WithAdminToken(s.AdminToken),
		simulator.WithLimits(s.limits()),
		simulator.WithJournalBytes(s.JournalBytes),
		simulator.WithVersion(version),
	}
	for _, name := range slices.Sorted(maps.Keys(s.Behavior)) {
		opts = append(opts, simulator.WithBehavior(name, s.Behavior[name]))
	}
	if !s.FreezeAt.IsZero() {
		opts = append(opts, simulator.WithFrozenClock(s.FreezeAt))
	}
	return opts, nil
}

func (s *settings) limits() control.Limits {
	l := control.Limits{
		EventsPerSecond: s.EventsPerSecond, BatchEventsPerSecond: s.BatchEventsPerSecond,
		WindowSeconds: s.WindowSeconds, DailyQuota: s.DailyQuota, QuotaStepSeconds: s.QuotaStepSeconds,
	}
	if s.Strict {
		l.Profile = "strict"
	}
	if s.OnlyDevices {
		l.Users = new(bool)
	}
	return l
}

// keys are those of the flags and of the file. A line that starts with # is a comment.
func (s *settings) keys() ([]string, error) {
	keys := slices.Clone(s.Key)
	if s.KeyFile == "" {
		return keys, nil
	}
	text, err := os.ReadFile(s.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("read API keys: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			keys = append(keys, line)
		}
	}
	return keys, nil
}
