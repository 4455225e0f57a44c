package calibrate

import (
	"strings"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// read reads the answers of a probe about its rows.
func (r *runner) read(m made, answers []*answer, evidence []Answer) {
	match := &matcher{answers: answers, names: strings.NewReplacer(r.cfg.names(m)...), texts: r.cfg.Texts}
	for i := range m.Reads {
		one := r.reading(&m.Reads[i], match)
		one.evidence = Evidence{Probe: m.Name, Endpoint: m.endpoint, Reading: one.value, Answers: evidence}
		if one.verdict != Default {
			one.evidence.Reading = string(one.verdict) + ": " + one.why
		}
		r.found[m.Reads[i].Row] = append(r.found[m.Reads[i].Row], one)
		r.notice(&m.Reads[i], match)
	}
}

// reading is what the answers say about one row.
func (r *runner) reading(read *probe.Read, match *matcher) finding {
	if why := r.found.unmet(read.Needs); why != "" {
		return finding{verdict: NotObservable, why: why}
	}
	if !match.all(read.Given) {
		if read.Otherwise != "" {
			return finding{verdict: NotObservable, why: read.Otherwise}
		}
		return finding{verdict: NotMade, why: "what it starts from was answered otherwise: " + match.describe()}
	}
	if read.Text != "" {
		if !r.cfg.Texts {
			return finding{verdict: NotObservable, why: "texts are compared only with --texts"}
		}
		return finding{verdict: Default, value: r.masks.text(match.answers[len(match.answers)-1].errorText())}
	}
	for _, c := range read.Cases {
		if match.all(c.If) {
			value := c.Value
			if value == "" {
				value = r.defaults[read.Row]
			}
			return finding{verdict: Default, value: value}
		}
	}
	return finding{verdict: Differs, why: match.describe()}
}

// describe is all answers in a few words.
func (m *matcher) describe() string {
	var parts []string
	for _, a := range m.answers {
		parts = append(parts, a.String())
	}
	return strings.Join(parts, ", then ")
}

// notice keeps the limit that a 429 names. Probes are from then on made for it.
func (r *runner) notice(read *probe.Read, match *matcher) {
	if read.Limit == "" {
		return
	}
	for _, a := range match.answers {
		n, named := a.number(epsThreshold)
		if !named || n <= 0 || a.throttledWhole() {
			continue
		}
		rate, expected := &r.cfg.Numbers.Rate, r.expected.Rate
		if read.Limit == onBatch {
			rate, expected = &r.cfg.Numbers.BatchRate, r.expected.BatchRate
		} else {
			r.threshold = n
		}
		if *rate = n; n == expected {
			continue
		}
		if r.result.Limits == nil {
			r.result.Limits = map[string]int{}
		}
		r.result.Limits[read.Limit] = n
	}
}

// The limits of the simulator that eps_threshold names at the endpoints.
const (
	onHTTPAPI = "events_per_second"
	onBatch   = "batch_events_per_second"
)

// epsThreshold is the member of a 429 that names the limit in force.
const epsThreshold = "eps_threshold"

// rowDefaults are the defaults of the table, by row.
func rowDefaults() map[string]string {
	all := map[string]string{}
	for _, row := range (fidelity.Behavior{}).Rows() {
		all[row.Name] = row.Default
	}
	return all
}
