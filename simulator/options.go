package simulator

import (
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/clock"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/keys"
	"github.com/ammeter/ammeter/simulator/internal/limits"
)

// Option changes a Simulator under construction.
type Option func(*config) error

type config struct {
	clock        *clock.Clock
	seed         control.Seed
	limits       limits.Limits
	behavior     fidelity.Behavior
	journalBytes int
	maxTracked   int
	region       string
	token        string
	hosts        []string
	unknownKeys  func(requests int)
	version      string
	listening    control.Listening
	certificate  []byte
}

func configure(opts []Option) (*config, error) {
	cfg := &config{
		clock: clock.Real(), limits: limits.Published(), journalBytes: journal.DefaultBytes, version: "dev",
	}
	for _, o := range opts {
		if err := o(cfg); err != nil {
			return nil, err
		}
	}
	return cfg, nil
}

// WithKey creates API keys that work from the start and have no end.
func WithKey(apiKeys ...string) Option {
	return func(c *config) error {
		for _, k := range apiKeys {
			if k == "" {
				return errors.New("API key: empty")
			}
			c.seed.Keys = append(c.seed.Keys, control.Key{APIKey: k})
		}
		return nil
	}
}

// WithKeys creates API keys with all that the control API can say of them.
func WithKeys(k ...control.Key) Option {
	return func(c *config) error { c.seed.Keys = append(c.seed.Keys, k...); return nil }
}

// WithSeed creates keys, faults, cohorts and workspaces, besides those of earlier
// options. Cohorts are first synced by Sync.
func WithSeed(s control.Seed) Option {
	return func(c *config) error {
		c.seed = c.seed.Merge(s)
		return nil
	}
}

// WithLimits replaces the limits that projects start with. Default: the published
// ones.
func WithLimits(l control.Limits) Option {
	return func(c *config) (err error) {
		c.limits, err = c.limits.Apply(l)
		return err
	}
}

// WithBehavior sets a switch of the fidelity table. Default: the table's.
func WithBehavior(name, value string) Option {
	return func(c *config) (err error) {
		c.behavior, err = c.behavior.With(name, value)
		return err
	}
}

// WithFrozenClock stops the clock, at an instant from 1970 to 2099, or at the present
// one if that is zero. It then moves only by the control API. Default: a clock that
// runs with the system's.
func WithFrozenClock(at time.Time) Option {
	return func(c *config) error {
		if at.IsZero() {
			at = c.clock.Now()
		}
		if at.Before(clock.Epoch) || !at.Before(clock.Horizon) {
			return fmt.Errorf("freeze the clock at %s: want an instant from %s on and before %s",
				at.UTC().Format(time.RFC3339), clock.Epoch.Format(time.RFC3339), clock.Horizon.Format(time.RFC3339))
		}
		c.clock = clock.Stopped(at, c.clock.Wall)
		return nil
	}
}

// WithJournalBytes bounds what the journal keeps. Default: 256 MB. Counts do not
// need it.
func WithJournalBytes(n int) Option {
	return func(c *config) error {
		if n < 0 {
			return fmt.Errorf("journal of %d bytes: want 0 or more", n)
		}
		c.journalBytes = n
		return nil
	}
}

// WithMaxTracked bounds the memory for limits: the number of devices and users whose
// windows a project may have. Those beyond are refused with a 429, and the reason is
// "memory"; the control API's state shows how far it is. Default: no bound.
func WithMaxTracked(n int) Option {
	return func(c *config) error {
		if n < 0 {
			return fmt.Errorf("bound of %d devices and users: want 0 for none, or more", n)
		}
		c.maxTracked = n
		return nil
	}
}

// WithRegion takes only keys of a region, "us" or "eu". A request to one of
// Amplitude's own host names, or to a path under /us or /eu, goes to the region of
// that name. Default: any.
func WithRegion(region string) Option {
	return func(c *config) error {
		if region != "" && region != keys.US && region != keys.EU {
			return fmt.Errorf("region %q: want %q, %q or none", region, keys.US, keys.EU)
		}
		c.region = region
		return nil
	}
}

// WithAdminToken requires a bearer token for calls of the control API. Default: none.
func WithAdminToken(token string) Option {
	return func(c *config) error { c.token = token; return nil }
}

// WithAllowedHosts lets the control API be called under host names that could be
// registered by anybody, such as "sim.example.com". Addresses and names of private
// networks always work, and any name does for calls with the admin token. Default:
// none.
func WithAllowedHosts(names ...string) Option {
	return func(c *config) error { c.hosts = append(c.hosts, names...); return nil }
}

// WithUnknownKeyReport calls a function when uploads come with keys that were never
// created, at most once a minute, with the number of them since the last call. It must
// not block. Default: none.
func WithUnknownKeyReport(report func(requests int)) Option {
	return func(c *config) error { c.unknownKeys = report; return nil }
}

// WithListening is where the control API says that the simulator listens. Default:
// nothing.
func WithListening(l control.Listening) Option {
	return func(c *config) error { c.listening = l; return nil }
}

// WithCertificate is the PEM that the control API shows to clients, which have to
// trust it. Default: none.
func WithCertificate(pem []byte) Option {
	return func(c *config) error { c.certificate = pem; return nil }
}

// WithVersion is what /version and VersionHeader show. Default: "dev".
func WithVersion(v string) Option {
	return func(c *config) error { c.version = v; return nil }
}
