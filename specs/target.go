package specs

import (
	"time"

	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/report"
)

// The exporter under test, as a test hands it in. See the types they name.
type (
	// Env is what an exporter under test is told.
	Env = subject.Env
	// Subject starts exporters under test.
	Subject = subject.Subject
	// Instance is one running exporter.
	Instance = subject.Instance
	// SubjectFunc is a Subject of one function, for an exporter in this process.
	SubjectFunc = subject.Func
	// Killer is an Instance that can be made to die without warning.
	Killer = subject.Killer
	// Output collects what an exporter in this process prints.
	Output = subject.Output
	// Reader is a Subject that also reads inputs that end.
	Reader = subject.Reader
	// Input is such an input.
	Input = subject.Input
)

// Target is what the specs run against.
type Target struct {
	Subject Subject
	// About names the exporter and its claims in the report.
	About report.Subject
	// SimulatorURL is the simulator's base URL as the exporter reaches it.
	SimulatorURL string
	// Control is the simulator's control API as this process reaches it.
	Control *control.Client
	// Timings are the pauses the exporter is configured to.
	Timings Timings
	// Config is, for the report, how the exporter is started, without secrets.
	Config report.Config
	// Bridged reports that the exporter is in a network of its own, so that a
	// simulator in this process must listen at all addresses.
	Bridged bool
	// APIKey is the key of an exporter that runs already. Empty: each spec makes
	// a key of its own.
	APIKey string

	// secrets are values that the exporter is started with and must be in no report.
	secrets []string
}

// Timings are the pauses an exporter is configured to. A zero field means the
// published pause, with which some specs take minutes.
type Timings struct {
	ThrottlePause time.Duration // after a 429 for the rate; 30 s
	QuotaPause    time.Duration // after a 429 for the daily quota; 1 h
	KeyProbe      time.Duration // longest pause between tries of a refused key; 1 min
	// Grace is for how long events are kept while the key is refused; 48 h.
	Grace time.Duration
}

// pauses are those of Timings: the name in a report, and what an exporter without a
// configuration keeps to.
var pauses = []struct {
	name      string
	of        func(*Timings) *time.Duration
	published time.Duration
}{
	{"throttle_pause", func(t *Timings) *time.Duration { return &t.ThrottlePause }, 30 * time.Second},
	{"quota_pause", func(t *Timings) *time.Duration { return &t.QuotaPause }, time.Hour},
	{"key_probe", func(t *Timings) *time.Duration { return &t.KeyProbe }, time.Minute},
	{"credential_grace", func(t *Timings) *time.Duration { return &t.Grace }, 48 * time.Hour},
}

func (t Timings) withDefaults() Timings {
	for _, p := range pauses {
		if pause := p.of(&t); *pause == 0 {
			*pause = p.published
		}
	}
	return t
}

// limits is how far the pauses are compressed.
func (t Timings) limits() (all []report.Limit) {
	t = t.withDefaults()
	for _, p := range pauses {
		set, published := p.of(&t).Seconds(), p.published.Seconds()
		all = append(all, report.Limit{Name: p.name, Seconds: set, PublishedSeconds: published, Scale: set / published})
	}
	return all
}

// timingsOf reads the pauses out of a report.
func timingsOf(limits []report.Limit) (t Timings) {
	for _, p := range pauses {
		for _, l := range limits {
			if l.Name == p.name {
				*p.of(&t) = time.Duration(l.Seconds * float64(time.Second)).Round(time.Microsecond)
			}
		}
	}
	return t
}
