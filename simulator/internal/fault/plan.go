// Package fault decides which requests fail, and how. It holds the rules that
// a test has set; it does no I/O and reads no clock. What it decides is an Action,
// which says how to answer; sending that is the business of the HTTP layer.
//
// A decision depends on the rule, its seed and how many requests have matched
// before, so a run can be repeated. Faults are made up: none of them says how
// often the real service fails.
package fault

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
)

// MaxRules is how many rules a plan holds: every request looks at all of them.
const MaxRules = 10_000

// Now is an instant on both clocks: windows and ramps follow the simulator's, a
// TTL ends with whichever clock gets there first.
type Now struct{ Simulated, Real time.Time }

// Request is what a rule can be aimed at.
type Request struct {
	APIKey, Endpoint string
	// Batch is what the request carries; nil if that could not be read, or if it
	// is not an upload.
	Batch Batch
}

// Batch is used only when a rule is aimed at a device or an event type.
type Batch interface {
	HasDevice(id string) bool
	HasEventType(name string) bool
}

// Plan is the list of rules in force. It is safe for concurrent use, and costs one
// atomic load a request while it is empty.
type Plan struct {
	seed uint64
	size atomic.Int64

	mu    sync.Mutex // guards the rest
	rules []*rule
	made  uint64 // rules so far, for ids and seeds
	fired map[Kind]uint64
}

// New returns an empty plan. The seed is the source of the seeds of rules that
// have none of their own.
func New(seed uint64) *Plan { return &Plan{seed: seed, fired: map[Kind]uint64{}} }

// Empty reports whether there are no rules, so that no decision is needed.
func (p *Plan) Empty() bool { return p.size.Load() == 0 }

// Decide says what happens to a request. A request that no rule hits gets an
// Action that changes nothing, and false.
func (p *Plan) Decide(r Request, now Now) (Action, bool) {
	if p.Empty() {
		return Action{}, false
	}
	if len(r.Endpoint) > 1 {
		r.Endpoint = strings.TrimRight(r.Endpoint, "/") // as targets are
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	var delayed Action
	for _, rule := range p.rules {
		if !rule.aimedAt(r) {
			continue
		}
		action, hit := rule.match(now.Simulated)
		if !hit {
			continue
		}
		p.fired[action.Kind]++
		action.Delay += delayed.Delay
		if action.Kind != Latency {
			return action, true
		}
		delayed = action
	}
	return delayed, delayed.Kind != None
}

// Fired is how many times rules of each kind have been applied, also rules that are gone.
func (p *Plan) Fired() map[Kind]uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.fired)
}

// Add puts a rule behind the others, or in the place of the rule of that id, whose
// counters then start again.
func (p *Plan) Add(f control.Fault, now Now) (control.Fault, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	made, err := p.compile(f, now)
	if err != nil {
		return control.Fault{}, err
	}
	if i := p.index(made.id()); i >= 0 {
		p.rules[i] = made
	} else if len(p.rules) == MaxRules {
		return control.Fault{}, errFull
	} else {
		p.rules = append(p.rules, made)
	}
	p.size.Store(int64(len(p.rules)))
	return made.shown(), nil
}

var errFull = fmt.Errorf("the plan holds %d rules, the most there can be: delete some", MaxRules)

// Replace puts rules in the place of those aimed at a key, or of all if the key is
// empty. Rules that name no key get it. If one is invalid, nothing changes.
func (p *Plan) Replace(key string, faults []control.Fault, now Now) ([]control.Fault, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	rules := slices.DeleteFunc(slices.Clone(p.rules), func(r *rule) bool { return r.ofKey(key) })
	first := len(rules)
	for i, f := range faults {
		if f.Target.APIKey == "" {
			f.Target.APIKey = key
		}
		if key != "" && f.Target.APIKey != key {
			return nil, fmt.Errorf("rule %d: it is aimed at another key than the one whose rules are replaced", i)
		}
		made, err := p.compile(f, now)
		if err != nil {
			return nil, fmt.Errorf("rule %d: %w", i, err)
		}
		if slices.ContainsFunc(rules, func(r *rule) bool { return r.id() == made.id() }) {
			return nil, fmt.Errorf("rule %d: there is another rule with the id %q", i, made.id())
		}
		rules = append(rules, made)
	}
	if len(rules) > MaxRules {
		return nil, errFull
	}
	p.set(rules)
	return shown(rules[first:]), nil
}

// List shows the rules aimed at a key, or all if the key is empty.
func (p *Plan) List(key string, now Now) []control.Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	return shown(slices.DeleteFunc(slices.Clone(p.rules), func(r *rule) bool { return !r.ofKey(key) }))
}

// Delete removes a rule and reports whether there was one.
func (p *Plan) Delete(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.index(id)
	if i < 0 {
		return false
	}
	p.set(slices.Delete(p.rules, i, i+1))
	return true
}

// Clear removes the rules aimed at a key, or all if the key is empty.
func (p *Plan) Clear(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(slices.DeleteFunc(p.rules, func(r *rule) bool { return r.ofKey(key) }))
}

func (p *Plan) set(rules []*rule) {
	p.rules = rules
	p.size.Store(int64(len(rules)))
}

// sweep drops the rules whose time is over.
func (p *Plan) sweep(now Now) {
	over := func(r *rule) bool { return r.over(now) }
	if slices.ContainsFunc(p.rules, over) {
		p.set(slices.DeleteFunc(p.rules, over))
	}
}

// compile gives a rule what it lacks and checks it.
func (p *Plan) compile(f control.Fault, now Now) (*rule, error) {
	p.made++
	if f.ID == "" {
		f.ID = "fault-" + strconv.FormatUint(p.made, 10)
	}
	if f.Seed == 0 {
		f.Seed = max(1, mix(p.seed^mix(p.made)))
	}
	return newRule(f, now)
}

func (p *Plan) index(id string) int {
	return slices.IndexFunc(p.rules, func(r *rule) bool { return r.id() == id })
}

func shown(rules []*rule) []control.Fault {
	list := make([]control.Fault, len(rules))
	for i, r := range rules {
		list[i] = r.shown()
	}
	return list
}
