package specs

import (
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/subject"
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
	// Output collects what an exporter in this process prints.
	Output = subject.Output
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
	// APIKey is the key of an exporter that runs already. Empty: each spec makes
	// a key of its own.
	APIKey string
}

// Timings are the pauses an exporter is configured to. A zero field means the
// published pause, with which some specs take minutes.
type Timings struct {
	ThrottlePause time.Duration // after a 429 for the rate; 30 s
	QuotaPause    time.Duration // after a 429 for the daily quota; 1 h
	KeyProbe      time.Duration // longest pause between tries of a refused key; 1 min
}

func (t Timings) withDefaults() Timings {
	for field, published := range map[*time.Duration]time.Duration{
		&t.ThrottlePause: 30 * time.Second, &t.QuotaPause: time.Hour, &t.KeyProbe: time.Minute,
	} {
		if *field == 0 {
			*field = published
		}
	}
	return t
}
