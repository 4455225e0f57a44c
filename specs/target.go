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

// published are the pauses of an exporter without a configuration.
var published = Timings{ThrottlePause: 30 * time.Second, QuotaPause: time.Hour, KeyProbe: time.Minute, Grace: 48 * time.Hour}

func (t Timings) withDefaults() Timings {
	for field, pause := range map[*time.Duration]time.Duration{
		&t.ThrottlePause: published.ThrottlePause, &t.QuotaPause: published.QuotaPause, &t.KeyProbe: published.KeyProbe,
		&t.Grace: published.Grace,
	} {
		if *field == 0 {
			*field = pause
		}
	}
	return t
}

// limits is how far the pauses are compressed.
func (t Timings) limits() []report.Limit {
	t = t.withDefaults()
	limit := func(name string, set, published time.Duration) report.Limit {
		return report.Limit{
			Name: name, Seconds: set.Seconds(), PublishedSeconds: published.Seconds(),
			Scale: set.Seconds() / published.Seconds(),
		}
	}
	return []report.Limit{
		limit(throttlePause, t.ThrottlePause, published.ThrottlePause),
		limit(quotaPause, t.QuotaPause, published.QuotaPause),
		limit(keyProbe, t.KeyProbe, published.KeyProbe),
		limit(grace, t.Grace, published.Grace),
	}
}

// Names of the pauses in a report.
const (
	throttlePause = "throttle_pause"
	quotaPause    = "quota_pause"
	keyProbe      = "key_probe"
	grace         = "credential_grace"
)

// timingsOf reads the pauses out of a report.
func timingsOf(limits []report.Limit) Timings {
	var t Timings
	for _, l := range limits {
		d := time.Duration(l.Seconds * float64(time.Second)).Round(time.Microsecond)
		switch l.Name {
		case throttlePause:
			t.ThrottlePause = d
		case quotaPause:
			t.QuotaPause = d
		case keyProbe:
			t.KeyProbe = d
		case grace:
			t.Grace = d
		}
	}
	return t
}
