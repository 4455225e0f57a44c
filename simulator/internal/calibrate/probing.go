package calibrate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// ErrNothing is returned by a run that observed nothing.
var ErrNothing = errors.New("nothing was observed")

// Errors of a service that is not the one to be probed.
var (
	// ErrForeign is returned when what answers is not the Amplitude API.
	ErrForeign = errors.New("this is not the Amplitude API of today")
	// ErrKey is returned when the service refuses the API key.
	ErrKey = errors.New("the API key is refused")
)

// runner is a run.
type runner struct {
	cfg      Config
	result   *Calibration
	found    findings
	masks    *redactor
	defaults map[string]string
	failed   int // calls in a row

	// asked are the answers of identify, so that a probe need not ask again.
	asked map[string]*answer
	// expected are the limits that were asked for; those of cfg follow what is seen.
	expected probe.Numbers
	// threshold is the rate of /2/httpapi that a 429 named, or 0.
	threshold int
}

// mostFailures is how many calls in a row may fail before the run gives up.
const mostFailures = 3

// errStop ends a run; the result says why.
var errStop = errors.New("stopped")

// Run makes the probes and returns what they show. A run that is stopped, by its context,
// by the limits of the project or for want of a network, returns what it has, with the reason
// in Stopped. An error means that there is nothing to keep.
func Run(ctx context.Context, cfg Config) (*Calibration, error) {
	r := &runner{cfg: cfg, masks: newRedactor(&cfg), found: findings{}, asked: map[string]*answer{}, defaults: rowDefaults(), expected: cfg.Numbers}
	r.result = &Calibration{
		Schema: Schema, Program: cfg.Program, Date: cfg.Clock.Now().UTC().Truncate(time.Second), Host: host(cfg.URL), Region: cfg.Region,
		Groups: []string{string(probe.Safe)}, Texts: cfg.Texts, Device: cfg.Device(), Masked: r.masks.masked,
	}
	if cfg.Limits {
		r.result.Groups = append(r.result.Groups, string(probe.Limits))
	}
	err := r.identify(ctx)
	for i := 0; err == nil && i < len(r.cfg.probes()); i++ {
		err = r.probe(ctx, r.cfg.probes()[i]) // made anew, because a probe may show that a limit is another one
	}
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	for _, row := range (fidelity.Behavior{}).Rows() {
		r.result.Rows = append(r.result.Rows, r.found.row(row, &r.cfg))
	}
	if r.result.Observations() == 0 {
		why := r.result.Stopped
		if why == "" {
			why = "no row that was asked for can be seen: see the reasons of amplitude-simulator fidelity"
		}
		return nil, fmt.Errorf("%w: %s", ErrNothing, why)
	}
	return r.result, nil
}

// probe makes one probe, unless its answers could say nothing.
func (r *runner) probe(ctx context.Context, m made) error {
	if why := r.silent(m.Probe); why != "" {
		r.note(m, NotObservable, why, nil)
		return nil
	}
	if r.cfg.Progress != nil && m.Group == probe.Limits {
		r.cfg.Progress(strings.TrimSuffix(m.Name+" on "+m.endpoint, " on "))
	}
	if m.ForRate && r.threshold == 0 {
		r.note(m, NotMade, "the rate that it is made for was not seen in a 429", nil)
		return nil
	}
	began := r.cfg.Clock.Now()
	var waited time.Duration
	var answers []*answer
	var evidence []Answer
	for i := range m.Requests {
		a, seen, slept, err := r.request(ctx, m, &m.Requests[i])
		waited += slept
		switch {
		case errors.Is(err, errStop):
			return err
		case err != nil:
			r.note(m, Failed, err.Error(), evidence)
			return nil
		}
		answers, evidence = append(answers, a), append(evidence, seen)
		switch {
		case a.status == http.StatusTooManyRequests && m.Group == probe.Safe:
			return r.stop("the project is throttled: %s", a)
		case a.throttledWhole() && m.Name != projectLimits:
			r.note(m, NotMade, "the project is throttled as a whole: "+a.String(), evidence)
			return nil
		}
	}
	if took := r.cfg.Clock.Now().Sub(began) - waited; m.Within > 0 && took > m.Within {
		r.note(m, NotMade, fmt.Sprintf("it took %s, and says nothing after %s", took.Round(time.Second/10), m.Within), evidence)
		return nil
	}
	r.read(m, answers, evidence)
	return nil
}

// projectLimits is the probe that wants to see whether the project is throttled.
const projectLimits = "project_limits"

// silent is why the answers of a probe could say nothing about any row, or "".
func (r *runner) silent(p *probe.Probe) (why string) {
	for _, read := range p.Reads {
		before := slices.DeleteFunc(slices.Clone(read.Needs), func(n probe.Need) bool { return p.Shows(n.Row) })
		if why = r.found.unmet(before); why == "" {
			return ""
		}
	}
	return why
}

// note records that a probe shows nothing of its rows.
func (r *runner) note(m made, v Verdict, why string, evidence []Answer) {
	why = r.masks.text(why)
	for _, read := range m.Reads {
		r.found[read.Row] = append(r.found[read.Row], finding{
			verdict: v, why: why,
			evidence: Evidence{Probe: m.Name, Endpoint: m.endpoint, Reading: string(v) + ": " + why, Answers: evidence},
		})
	}
}

// request sends a request of a probe as often as it says, and returns the last answer and how
// long it waited.
func (r *runner) request(ctx context.Context, m made, p *probe.Request) (last *answer, seen Answer, waited time.Duration, err error) {
	q := r.cfg.render(m, p)
	accepted := 0
	for n := range max(1, p.Times) {
		wait := time.Duration(0)
		switch {
		case n == 0:
			wait = p.Wait
		case p.PaceRequests > 0 && n%p.PaceRequests == 0:
			wait = p.PaceWait
		}
		if wait > 0 {
			waited += wait
			if r.cfg.Clock.Sleep(ctx, wait) != nil {
				return nil, seen, waited, r.stop("interrupted in the probe %s", m.Name)
			}
		}
		if asked := r.asked[q.key()]; asked != nil && p.Times == 0 {
			last = asked
		} else if last, err = r.call(ctx, q); err != nil {
			return nil, seen, waited, err
		}
		accepted += last.accepted
		if p.UntilRefused && last.status != http.StatusOK {
			break
		}
	}
	last.accepted = accepted
	// Far more than what is kept, so that no id is cut before it is masked.
	began := string(q.body[:min(len(q.body), 20*longestText)])
	seen = Answer{
		Request: q.method + " " + r.masks.text(q.path+" "+began),
		Status:  last.status, Type: r.masks.text(last.header.Get("Content-Type")), Body: r.masks.text(string(last.body)),
	}
	return last, seen, waited, nil
}

// call sends a request. It returns an error if there is no answer, or a server error, and
// stops the run after some in a row.
func (r *runner) call(ctx context.Context, q request) (*answer, error) {
	a, err := r.send(ctx, q)
	switch {
	case ctx.Err() != nil:
		return nil, r.stop("interrupted")
	case err == nil && a.status < http.StatusInternalServerError:
		r.failed = 0
		return a, nil
	case err == nil:
		err = fmt.Errorf("the service failed: %s", a)
	}
	if r.failed++; r.failed >= mostFailures {
		return nil, r.stop("%d calls in a row failed: %s", r.failed, r.masks.text(err.Error()))
	}
	return nil, err
}

// stop ends the run, with a reason.
func (r *runner) stop(format string, args ...any) error {
	r.result.Stopped = fmt.Sprintf(format, args...)
	return errStop
}
