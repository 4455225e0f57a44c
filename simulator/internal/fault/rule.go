package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// How long a rule lasts if it does not say, and at the most.
const (
	DefaultTTL = time.Hour
	MaxTTL     = 30 * 24 * time.Hour
)

// rule is one fault in force, with its counters.
type rule struct {
	fault    control.Fault
	schedule schedule
	effect   effect
	deadline time.Time // on the real clock
}

func newRule(f control.Fault, now Now) (*rule, error) {
	ttl, err := ttlOf(f.TTLSeconds)
	if err != nil {
		return nil, err
	}
	f.Target.Endpoint, err = endpointOf(f.Target.Endpoint)
	if err != nil {
		return nil, err
	}
	s, err := newSchedule(f.When, now.Simulated)
	if err != nil {
		return nil, fmt.Errorf("when: %w", err)
	}
	e, err := newEffect(f.Do)
	if err != nil {
		return nil, fmt.Errorf("do: %w", err)
	}
	f.TTLSeconds = ttl.Seconds()
	f.CreatedAt, f.ExpiresAt = now.Simulated.UTC(), now.Simulated.Add(ttl).UTC()
	f.Matched, f.Fired = 0, 0
	return &rule{fault: f, schedule: s, effect: e, deadline: now.Real.Add(ttl)}, nil
}

func ttlOf(given float64) (time.Duration, error) {
	if given == 0 {
		return DefaultTTL, nil
	}
	ttl, err := seconds("ttl_seconds", given, MaxTTL)
	if err == nil && ttl <= 0 {
		err = fmt.Errorf("ttl_seconds %v: give a time above 0, or nothing for %v", given, DefaultTTL)
	}
	return ttl, err
}

func endpointOf(path string) (string, error) {
	if path == "" || path == "/" {
		return path, nil
	}
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
		return "", fmt.Errorf("target: endpoint %q: give a path, for example \"/2/httpapi\"", path)
	}
	return strings.TrimRight(path, "/"), nil
}

func (r *rule) id() string { return r.fault.ID }

// ofKey reports whether a call about a key is about this rule; no key means all.
func (r *rule) ofKey(key string) bool { return key == "" || r.fault.Target.APIKey == key }

func (r *rule) over(now Now) bool {
	return !now.Simulated.Before(r.fault.ExpiresAt) || !now.Real.Before(r.deadline)
}

func (r *rule) aimedAt(q Request) bool {
	t := r.fault.Target
	return (t.APIKey == "" || t.APIKey == q.APIKey) &&
		(t.Endpoint == "" || t.Endpoint == q.Endpoint) &&
		(t.DeviceID == "" || q.Batch != nil && q.Batch.HasDevice(t.DeviceID)) &&
		(t.EventType == "" || q.Batch != nil && q.Batch.HasEventType(t.EventType))
}

// strike counts a request that the rule is aimed at, and says what happens to it.
func (r *rule) strike(now time.Time) (Action, bool) {
	if !r.schedule.open(now) {
		return Action{}, false
	}
	r.fault.Matched++
	draw := drawOf(r.fault.Seed, r.fault.Matched)
	// Draw before looking, so that the draws of the nth request do not hang on
	// what the schedule says.
	chance := draw.Float64()
	if !r.schedule.picks(r.fault.Matched, chance, now) {
		return Action{}, false
	}
	r.fault.Fired++
	action := r.effect.strike(draw)
	action.Rule = r.fault.ID
	return action, true
}

func (r *rule) shown() control.Fault { return r.fault }

// errNotOne is about an action without a kind, or with several.
var errNotOne = errors.New("name exactly one of status, server_error, waf, latency, reset, empty_reply, truncate, garbage, dribble")
