package specs

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/internal/printable"
	"github.com/ammeter/ammeter/internal/subject"
	"github.com/ammeter/ammeter/specs/internal/redact"
	"github.com/ammeter/ammeter/specs/report"
)

// given is a post to an exporter.
type given struct {
	number int // of its run, from 1
	body   []byte
}

// describe returns which post it is.
func (g *given) describe() string {
	events := bytes.Count(g.body, []byte(`"event_type"`))
	return fmt.Sprintf("post %d (about %s, %s)", g.number, plural.Of(events, "event"), plural.Of(len(g.body), "byte"))
}

// died returns the death of the exporter, nil while it lives.
func (r *run) died() *report.Death {
	mortal, ok := r.instance.(subject.DeathReporter)
	if !ok {
		return nil
	}
	return r.note(mortal.Died(), "")
}

// deathIn returns the death that an error holds, if it does.
func (r *run) deathIn(err error, during string) *report.Death {
	d, _ := errors.AsType[*subject.DeathError](err)
	return r.note(d, during)
}

// note keeps a death as evidence.
func (r *run) note(d *subject.DeathError, during string) *report.Death {
	const lines, width, body = 20, 400, 2000
	if d == nil {
		return nil
	}
	if r.death != nil {
		return r.death
	}
	output := redact.Text(string(d.Output), r.key, r.target.secrets...)
	death := &report.Death{How: d.How, During: during, LastLines: printable.Lines([]byte(output), lines, width)}
	if r.unanswered != nil {
		death.During = r.unanswered.describe()
		death.Post = printable.Text(string(r.unanswered.body[:min(body, len(r.unanswered.body))]))
		if len(r.unanswered.body) > body {
			death.Post += " ..."
		}
	}
	r.death = death
	return death
}
