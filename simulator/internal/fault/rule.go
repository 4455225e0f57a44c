package fault

import (
	"fmt"
	"math/rand/v2"
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
	kind     Kind
	effect   effect
	deadline time.Time // on the real clock
}

func newRule(f control.Fault, now Now) (*rule, error) {
	ttl, err := ttlOf(f.TTL.Seconds())
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
	kind, e, err := newEffect(f.Do)
	if err != nil {
		return nil, fmt.Errorf("do: %w", err)
	}
	f.TTL = control.Duration(ttl)
	f.CreatedAt, f.ExpiresAt = now.Simulated.UTC(), now.Simulated.Add(ttl).UTC()
	f.Matched, f.Fired = 0, 0
	return &rule{fault: f, schedule: s, kind: kind, effect: e, deadline: now.Real.Add(ttl)}, nil
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

// match counts a request that the rule is aimed at, and says what happens to it.
func (r *rule) match(now time.Time) (Action, bool) {
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
	action := r.effect(draw)
	action.Rule, action.Kind = r.fault.ID, r.kind
	return action, true
}

func (r *rule) shown() control.Fault { return r.fault }

// drawOf is the source of the random numbers for the nth request of a rule.
func drawOf(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(mix(seed), mix(n))) }

// mix spreads neighboring numbers over all 64 bits (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
