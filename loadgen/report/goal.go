package report

import (
	"slices"
	"strings"

	"github.com/ammeter/ammeter/loadgen"
)

// shownGoal is a threshold with links to what it is about.
type shownGoal struct {
	loadgen.Goal
	Words        []word
	Requirements []requirement
}

// word is one of a threshold.
type word struct {
	Text   string
	Metric bool // explained below
}

// glossary is what the thresholds of a report are about.
type glossary struct {
	Metrics      []explanation
	Requirements []requirement
}

// explanation is what a metric is.
type explanation struct{ Metric, Text string }

func shownGoals(goals []loadgen.Goal) (shown []shownGoal, about glossary) {
	for _, g := range goals {
		one := shownGoal{Goal: g}
		for i, text := range strings.Fields(g.Threshold) {
			m, known := meaningOf(text)
			one.Words = append(one.Words, word{text, known})
			if !known {
				continue
			}
			about.explain(explanation{text, strings.ReplaceAll(m.Text, "`", "")})
			if i == 0 { // the others are what it is compared with
				one.Requirements = requirementsOf(text)
				about.require(one.Requirements)
			}
		}
		shown = append(shown, one)
	}
	slices.SortFunc(about.Metrics, func(a, b explanation) int { return strings.Compare(a.Metric, b.Metric) })
	slices.SortFunc(about.Requirements, func(a, b requirement) int { return strings.Compare(a.ID, b.ID) })
	return shown, about
}

func (g *glossary) explain(e explanation) {
	if !slices.Contains(g.Metrics, e) {
		g.Metrics = append(g.Metrics, e)
	}
}

func (g *glossary) require(all []requirement) {
	for _, r := range all {
		if !slices.Contains(g.Requirements, r) {
			g.Requirements = append(g.Requirements, r)
		}
	}
}
