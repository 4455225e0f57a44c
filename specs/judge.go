package specs

import (
	"context"
	"runtime/debug"
	"strings"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// judge judges the requirement of a spec. It records the trace that the spec is about,
// unless an earlier spec has. It ends with the context.
func (s *suite) judge(ctx context.Context, sp spec) (v verdict.Verdict) {
	defer func() {
		if p := recover(); p != nil {
			v = verdict.HarnessError("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if v, decided := s.target.decidedByClaims(sp.catalogRow(), s.events.set); decided {
		return v
	}
	of := s.traceOf(sp.scenario)
	t, failure := of.get(ctx)
	if failure != nil {
		return failure.Verdict()
	}
	v = verdict.RequireTraffic(t, sp.judge(t))
	// Whatever a spec is about, it says whether its traffic adds up. The loss of an event
	// fails the requirement that owns the loss.
	balance := of.balance
	if balance.Evidence != v.Evidence && (balance.Outcome == verdict.Pass || v.Outcome == verdict.Pass) {
		v.Evidence += "; all traffic: " + balance.Evidence
	}
	return byInputs(ctx, of, sp.judge, v)
}

// byInputs judges the same events that came by inputs that end, as far as they arrived:
// that they do is what the requirements about those inputs are for.
func byInputs(ctx context.Context, of *trace, judge func(verdict.Traffic) verdict.Verdict, v verdict.Verdict) verdict.Verdict {
	var agreed []string
	for _, in := range of.inputs {
		if v.Outcome != verdict.Pass {
			break
		}
		if t, failure := in.get(ctx); failure != nil || len(t.Requests) == 0 {
			continue
		}
		switch w := judge(in.arrived); w.Outcome {
		case verdict.Fail:
			w.Evidence = "by " + in.scenario.input + ": " + w.Evidence
			return w
		case verdict.Pass:
			agreed = append(agreed, in.scenario.input)
		default: // nothing of it arrived
		}
	}
	if len(agreed) > 0 {
		v.Evidence += "; also by " + strings.Join(agreed, ", ")
	}
	return v
}

// startFailed reports whether the exporter of the spec could not be started, which makes the
// whole run pointless.
func (s *suite) startFailed(sp spec) bool {
	t := s.traceOf(sp.scenario)
	return t.asked && t.failure != nil && t.failure.Kind == verdict.NoStart
}

// decides reports whether a requirement of the level that ends so keeps an exporter from
// being conformant, or shows that the harness broke. go test and Execute agree in this.
func decides(level requirement.Level, o verdict.Outcome) bool {
	switch o {
	case verdict.Error:
		return true
	case verdict.Fail, verdict.Skip:
		return level == requirement.Must
	default:
		return false
	}
}

// explained is a verdict in full, for people.
func explained(v verdict.Verdict) string {
	return strings.Join(append([]string{v.Evidence}, v.Details...), "\n")
}
