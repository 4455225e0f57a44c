package specs

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// Register adds the specs to the Ginkgo tree of the calling suite. Each spec
// carries the labels req:ID, level:must|should|may, area:NAME and, if the quick
// profile has it, profile:quick.
func Register(target Target) { newBench(target).register() }

func newBench(target Target) *bench {
	target.Timings = target.Timings.withDefaults()
	b := &bench{target: target, owners: map[string]*recording{}}
	var err error
	if b.corpus, err = loadCorpus(); err != nil {
		panic(err) // the embedded fixtures of this build are broken
	}
	return b
}

func (b *bench) register() {
	Describe("exporter", func() {
		b.sign = b.record(signOfLife)
		swept := b.sweeps()
		b.claims(swept)
		b.names(swept)
		b.properties(swept)
		b.identity(swept)
		b.drops(swept)
		b.values(swept)
		b.rate()
		b.quota()
		b.key()
		b.trouble()
		b.refused()
		b.backlog()
		b.intake()
		b.restart()
		b.lifecycle()
		b.eventTypes(swept)
	})
}

// patience bounds one spec, and the making of one recording.
func (b *bench) patience() time.Duration {
	t := b.target.Timings
	return time.Minute + 4*t.ThrottlePause + 4*min(t.QuotaPause, longestPause) + 4*t.KeyProbe
}

// owns declares the spec of a requirement: the traffic it looks at and the
// function that judges it. The text comes from the catalog.
func (b *bench) owns(id string, traffic *recording, judge func(verdict.Traffic) verdict.Verdict) {
	r, ok := requirement.Lookup(id)
	if !ok {
		panic("specs: requirement " + id + " is not in the catalog")
	}
	b.keep(traffic, id)
	b.owners[r.ID] = traffic
	It(r.ID+" "+r.Text, Label(labels(r)...), NodeTimeout(b.patience()), func(ctx SpecContext) {
		conclude(r.ID, b.judge(ctx, r, traffic, judge))
	})
}

func (b *bench) judge(
	ctx context.Context, r requirement.Requirement, traffic *recording, judge func(verdict.Traffic) verdict.Verdict,
) verdict.Verdict {
	if v, decided := b.unclaimed(r); decided {
		return v
	}
	t, err := traffic.get(ctx)
	var bySubject subjectError
	var outOfReach untestable
	switch {
	case errors.As(err, &outOfReach):
		return verdict.Skipped("%v", err)
	case errors.Is(err, errNoStart):
		v := verdict.Broken("%v", err)
		enter(r.ID, v)
		AbortSuite(v.Evidence)
	case errors.As(err, &bySubject):
		return verdict.Failed("%v", err)
	case err != nil:
		return verdict.Broken("harness: %v", err)
	}
	v := verdict.Shown(t, judge(t))
	// Whatever a spec is about, it tells whether its traffic adds up; the loss of
	// an event fails the requirement that owns the loss.
	balance := traffic.balance
	if balance.Evidence != v.Evidence && (balance.Status == verdict.Pass || v.Status == verdict.Pass) {
		v.Evidence += "; all traffic: " + balance.Evidence
	}
	return b.byInputs(ctx, traffic, judge, v)
}

// byInputs asks the same of the events that came by inputs that end, as far as they
// arrived: that they do is what the requirements about those inputs are for.
func (b *bench) byInputs(
	ctx context.Context, traffic *recording, judge func(verdict.Traffic) verdict.Verdict, v verdict.Verdict,
) verdict.Verdict {
	var agreed []string
	for _, in := range traffic.inputs {
		if v.Status != verdict.Pass {
			break
		}
		if t, err := in.get(ctx); err != nil || len(t.Requests) == 0 {
			continue
		}
		_, input, _ := strings.Cut(in.name, "/")
		switch w := judge(in.arrived); w.Status {
		case verdict.Fail:
			w.Evidence = "by " + input + ": " + w.Evidence
			return w
		case verdict.Pass:
			agreed = append(agreed, input)
		default: // nothing of it arrived
		}
	}
	if len(agreed) > 0 {
		v.Evidence += "; also by " + strings.Join(agreed, ", ")
	}
	return v
}

// entryName marks the report entry that carries a verdict.
const entryName = "verdict"

// entry is the value of such a report entry, as JSON text.
type entry struct {
	ID string `json:"id"`
	verdict.Verdict
}

// enter puts a verdict into Ginkgo's report.
func enter(id string, v verdict.Verdict) {
	text, err := json.Marshal(entry{id, v})
	if err != nil {
		panic(err) // strings encode
	}
	AddReportEntry(entryName, string(text), ReportEntryVisibilityNever)
}

// conclude enters a verdict and ends the spec accordingly.
func conclude(id string, v verdict.Verdict) {
	GinkgoHelper()
	enter(id, v)
	switch v.Status {
	case verdict.Pass:
	case verdict.Skip, verdict.NotClaimed:
		Skip(v.Evidence)
	case verdict.Fail, verdict.Error:
		Fail(strings.Join(append([]string{v.Evidence}, v.Details...), "\n"))
	}
}
