package scenario

import (
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/ammeter/ammeter/loadgen"
	"github.com/ammeter/ammeter/loadgen/internal/fixtureset"
	"github.com/ammeter/ammeter/simulator/amplitude"
)

const defaultSettle = 20 * time.Second

// Bounds that keep a scenario playable.
const (
	maxDevices = 5_000_000
	maxEvents  = 5_000_000
	maxHot     = 1000
)

// NoAnswer is the member of Expect for requests without an answer.
const NoAnswer = "no answer"

var (
	nameForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	expectForm = regexp.MustCompile(`^([1-5][0-9][0-9]|[345]xx|no answer)$`)
)

// problem is something wrong at a path of the document.
type problem struct{ path, text string }

type checker struct {
	*Scenario
	found []problem
}

func (s *Scenario) check() []problem {
	c := &checker{Scenario: s}
	c.head()
	c.phases()
	c.devices()
	c.mix()
	c.settings()
	c.actions()
	c.goals()
	return c.found
}

func (c *checker) bad(path, format string, args ...any) {
	c.found = append(c.found, problem{path, fmt.Sprintf(format, args...)})
}

func (c *checker) badIf(wrong bool, path, format string, args ...any) {
	if wrong {
		c.bad(path, format, args...)
	}
}

func (c *checker) share(path string, v float64) {
	c.badIf(!(v >= 0 && v <= 1), path, "%v is not a share from 0 to 1", v)
}

func (c *checker) head() {
	c.badIf(!nameForm.MatchString(c.Name), "$.name", "%q is no name; write lower-case words with hyphens between them", c.Name)
	c.badIf(c.Description == "", "$.description", "tell what happens")
	c.badIf(c.Scale == "", "$.scale", "tell which time or limit is compressed and by how much; \"real time\" if none is")
	c.badIf(c.Target != loadgen.Exporter && c.Target != loadgen.Amplitude, "$.target", "%q is not exporter or amplitude", c.Target)
	c.badIf(c.Batch < 1, "$.batch", "%d; 1 is the least", c.Batch)
	c.badIf(c.Target == loadgen.Amplitude && c.Batch > amplitude.MaxEvents, "$.batch", "%d is above %d, the most Amplitude takes", c.Batch, amplitude.MaxEvents)
}

func (c *checker) phases() {
	c.badIf(len(c.Phases) == 0, "$.phases", "there is none")
	total := 0.0
	for i := range c.Phases {
		p, at := &c.Phases[i], fmt.Sprintf("$.phases[%d]", i)
		c.badIf(p.For <= 0, at+".for", "a phase lasts longer than nothing")
		paces := 0
		for _, set := range []bool{p.Rate != 0, p.Ramp != nil, p.Sine != nil, p.Burst != nil} {
			if set {
				paces++
			}
		}
		if paces > 1 {
			c.bad(at, "give one of rate, ramp, sine and burst")
			continue
		}
		shape := p.pace()
		if shape == nil {
			continue
		}
		if err := shape.(interface{ Validate() error }).Validate(); err != nil {
			c.bad(at, "%v", err)
			continue
		}
		total += shape.Count(p.For.Value())
	}
	c.badIf(total > maxEvents, "$.phases", "%.0f events; %d is the most", total, maxEvents)
}

func (c *checker) devices() {
	d := &c.Devices
	c.badIf(d.Count < 1 || d.Count > maxDevices, "$.devices.count", "%d is not from 1 to %d", d.Count, maxDevices)
	c.badIf(!(d.Zipf >= 0 && d.Zipf <= 10), "$.devices.zipf", "%v is not from 0 to 10", d.Zipf)
	c.badIf(!(d.New >= 0 && d.New*c.Length().Seconds() <= maxDevices), "$.devices.new_per_second", "%v is below 0, or more than %d in all", d.New, maxDevices)
	share, hot := 0.0, 0
	for i, h := range d.Hot {
		at := fmt.Sprintf("$.devices.hot[%d]", i)
		c.badIf(h.Count < 1, at+".count", "%d; 1 is the least", h.Count)
		c.badIf((h.Rate == 0) == (h.Share == 0), at, "give either rate or share")
		c.badIf(!(h.Rate >= 0) || math.IsInf(h.Rate, 0), at+".rate", "%v is not a rate", h.Rate)
		c.share(at+".share", h.Share)
		for _, name := range h.Phases {
			c.badIf(!slices.ContainsFunc(c.Phases, func(p Phase) bool { return p.Name == name }), at+".phases", "there is no phase %q", name)
		}
		share += h.Share
		hot += h.Count
	}
	c.badIf(share > 1, "$.devices.hot", "the shares have a sum of %v, above 1", share)
	c.badIf(hot > maxHot, "$.devices.hot", "%d devices; %d is the most", hot, maxHot)
}

func (c *checker) mix() {
	for name, weight := range c.Types {
		c.badIf(!knownType(name), "$.types", "%q is no event type of the fixtures; `fixtures list` shows all", name)
		c.badIf(!(weight >= 0) || math.IsInf(weight, 0), "$.types", "the weight of %q is %v; 0 is the least", name, weight)
	}
	for name, v := range map[string]float64{
		"$.ids.identified": c.IDs.Identified, "$.ids.anonymous": c.IDs.Anonymous, "$.ids.unaddressable": c.IDs.Unaddressable,
		"$.late.share": c.Late.Share, "$.duplicates": c.Duplicates, "$.malformed": c.Malformed,
		"$.mistakes.short_ids": c.Mistakes.ShortIDs, "$.mistakes.seconds": c.Mistakes.Seconds,
	} {
		c.share(name, v)
	}
	c.badIf(c.Duplicates+c.Malformed+c.Mistakes.ShortIDs+c.Mistakes.Seconds > 1, "$.duplicates", "duplicates, malformed and mistakes are more than all events")
	c.badIf((c.Late.Share > 0) != (c.Late.By > 0), "$.late", "give both share and by")
	if c.Target == loadgen.Amplitude {
		c.badIf(c.IDs.Unaddressable > 0, "$.ids.unaddressable", "an exporter drops these, so they are not sent to target amplitude")
	} else {
		c.badIf(c.Mistakes != Mistakes{}, "$.mistakes", "these are made by an exporter; they need target amplitude")
	}
}

func knownType(name string) bool {
	set, err := fixtureset.Load()
	if err != nil {
		return false
	}
	_, ok := set.Type(name)
	return ok
}

func (c *checker) settings() {
	c.limits("$.simulator.limits", c.Simulator.Limits)
	const fastest = 1e6 // that a simulator takes
	c.badIf(!(c.Simulator.ClockScale >= 0 && c.Simulator.ClockScale <= fastest), "$.simulator.clock_scale", "%v; it must be above 0 and at most %.0f", c.Simulator.ClockScale, fastest)
	c.badIf(c.Target == loadgen.Amplitude && c.Exporter != Exporter{}, "$.exporter", "there is no exporter with target amplitude")
}

func (c *checker) limits(at string, l *Limits) {
	if l == nil {
		return
	}
	c.badIf(l.Profile != "" && l.Profile != "published" && l.Profile != "strict", at+".profile", "%q is not published or strict", l.Profile)
	for name, n := range map[string]*int{".events_per_second": l.EventsPerSecond, ".daily_quota": l.DailyQuota} {
		c.badIf(n != nil && *n < 0, at+name, "it must be 0 or more; 0 switches the limit off")
	}
	for name, d := range map[string]*Duration{".window": l.Window, ".quota_step": l.QuotaStep} {
		c.badIf(d != nil && (*d < Duration(time.Second) || *d%Duration(time.Second) != 0), at+name, "write whole seconds; 1s is the least")
	}
}

func (c *checker) actions() {
	for i := range c.Actions {
		a, at := &c.Actions[i], fmt.Sprintf("$.actions[%d]", i)
		set := 0
		for _, is := range a.members() {
			if is {
				set++
			}
		}
		c.badIf(set != 1, at, "%d things at once; give one besides at", set)
		c.badIf(a.At.Value() > c.Length()+c.Settle.Value(), at+".at", "%v is after the end of the load and of settle", a.At)
		c.badIf(a.ScaleClock < 0, at+".scale_clock", "it must be above 0")
		c.badIf(a.GiveKey && c.Target == loadgen.Amplitude, at+".give_key", "there is no exporter with target amplitude")
		c.limits(at+".limits", a.Limits)
		if a.Fault != nil {
			c.fault(at+".fault", a.Fault)
		}
	}
}

func (c *checker) fault(at string, f *Fault) {
	set := 0
	for _, is := range []bool{f.Status != 0, f.Latency != 0, f.Reset} {
		if is {
			set++
		}
	}
	c.badIf(set != 1, at, "give one of status, latency and reset")
	c.badIf(f.Status != 0 && (f.Status < 200 || f.Status > 599), at+".status", "%d is not from 200 to 599", f.Status)
	c.share(at+".taken", f.Taken)
	c.badIf(f.Taken > 0 && f.Status == http.StatusServiceUnavailable, at+".taken", "after a 503 nothing was taken")
	if f.Probability != nil {
		c.share(at+".probability", *f.Probability)
	}
}

func (c *checker) goals() {
	for i, kind := range c.Expect {
		c.badIf(!expectForm.MatchString(kind), fmt.Sprintf("$.expect[%d]", i), "%q is not a status like 429, a class like 5xx, or %q", kind, NoAnswer)
	}
	c.badIf(len(c.Thresholds) == 0, "$.thresholds", "there is none, so the run could not fail")
	for i, text := range c.Thresholds {
		t, err := ParseThreshold(text)
		if err != nil {
			c.bad(fmt.Sprintf("$.thresholds[%d]", i), "%v", err)
			continue
		}
		c.badIf(t.uses("other_p99_ratio") && !c.comparable(), fmt.Sprintf("$.thresholds[%d]", i),
			"other_p99_ratio compares phases with hot devices to phases without; there must be both")
	}
}

// comparable reports whether there is load with hot devices and load without.
func (c *checker) comparable() bool {
	var with, without bool
	for i := range c.Phases {
		hot := c.hotIn(i)
		with = with || hot
		without = without || !hot && c.Phases[i].pace() != nil
	}
	return with && without
}

// Expects reports whether an answer with a status makes the run fail. Status 0 is
// no answer.
func (s *Scenario) Expects(status int) bool {
	kind := strconv.Itoa(status)
	if status == 0 {
		return slices.Contains(s.Expect, NoAnswer)
	}
	return status/100 == 2 || slices.Contains(s.Expect, kind) || slices.Contains(s.Expect, kind[:1]+"xx")
}
