package calibrate

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// Clock is the time that probes wait by.
type Clock interface {
	Now() time.Time
	// Sleep returns early, with an error, if the context ends.
	Sleep(ctx context.Context, d time.Duration) error
}

// Config is what a run is made of.
type Config struct {
	URL, Key string
	Region   string // "us" or "eu": where the project is
	// Run names the run. It is part of the ids of the test devices.
	Run     string
	Program string // version of this program

	// Limits makes the probes that reach limits, too.
	Limits bool
	// Texts compares the texts of errors as well.
	Texts bool
	// Rows are those to find out about. Default: all. Probes that show one of Skip are left
	// out.
	Rows, Skip []string
	// Numbers are the limits that probes are made for.
	Numbers probe.Numbers

	// OtherKey is the key of another project of the organization, OtherRegionURL the service
	// in the other region. Both are optional: the rows that need them are then not observable.
	OtherKey, OtherRegionURL string
	// Braze is the receiving side of cohort syncs. Optional, as are its credentials.
	BrazeURL, BrazePartnerKey, BrazeClientSecret string

	Client *http.Client
	Clock  Clock
	// Progress is called before each probe. Optional.
	Progress func(text string)
}

// Device is the test device of the run. Devices of single probes begin with its id.
func (c *Config) Device() string { return "ammeter-calibrate-" + c.Run }

// base is where requests to a target go, or "" if that was not given.
func (c *Config) base(to probe.Target) string {
	switch {
	case to == probe.OtherRegion:
		return c.OtherRegionURL
	case to == probe.OtherKey && c.OtherKey == "", to == probe.BrazeKeys && (c.BrazePartnerKey == "" || c.BrazeClientSecret == ""):
		return ""
	case to == probe.Braze, to == probe.BrazeKeys:
		return c.BrazeURL
	}
	return c.URL
}

// made is one probe at one endpoint.
type made struct {
	*probe.Probe
	endpoint string // empty if its requests have paths
}

// probes are those of the run, in order.
func (c *Config) probes() []made {
	var list []made
	for _, p := range probe.All(c.Numbers) {
		if p.Group == probe.Limits && !c.Limits || !c.wants(&p) || c.lacks(&p) != "" {
			continue
		}
		for _, endpoint := range append(slices.Clip(p.On), "")[:max(1, len(p.On))] {
			list = append(list, made{&p, endpoint})
		}
	}
	return list
}

// wants reports whether a probe shows a row that was asked for, or what such a row needs.
func (c *Config) wants(p *probe.Probe) bool {
	if slices.ContainsFunc(c.Skip, p.Shows) {
		return false
	}
	if len(c.Rows) == 0 {
		return true
	}
	wanted, rate := slices.Clone(c.Rows), false
	for _, other := range probe.All(c.Numbers) {
		for _, r := range other.Reads {
			if !slices.Contains(c.Rows, r.Row) {
				continue
			}
			rate = rate || other.ForRate
			for _, n := range r.Needs {
				wanted = append(wanted, n.Row)
				rate = rate || n.Row == "rate_window"
			}
		}
	}
	return slices.ContainsFunc(p.Reads, func(r probe.Read) bool {
		return slices.Contains(wanted, r.Row) || rate && r.Limit == onHTTPAPI
	})
}

// lacks is the target of a probe that was not given, or "".
func (c *Config) lacks(p *probe.Probe) probe.Target {
	for _, r := range p.Requests {
		if c.base(r.To) == "" {
			return r.To
		}
	}
	return ""
}

// secrets are what must not be seen anywhere, by what they are.
func (c *Config) secrets() map[string][]string {
	return map[string][]string{"key": {c.Key, c.OtherKey, c.BrazePartnerKey, c.BrazeClientSecret}}
}

// join is a base URL with a path.
func join(base, path string) string { return strings.TrimSuffix(base, "/") + path }
