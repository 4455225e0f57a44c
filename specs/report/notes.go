package report

import (
	"fmt"
	"strings"

	"github.com/ammeter/ammeter/internal/plural"
	"github.com/ammeter/ammeter/specs/requirement"
)

// notes returns a line for each reason why the second run shows less than the first.
func (c Comparison) notes(before, after Results) []string {
	var all []string
	for _, setting := range []struct{ name, was, is string }{
		{"profile", before.Config.Profile, after.Config.Profile}, {"label filter", before.LabelFilter, after.LabelFilter},
	} {
		if setting.was != setting.is {
			all = append(all, fmt.Sprintf("%s: was %q, is %q", setting.name, setting.was, setting.is))
		}
	}
	var unclaimed, unjudged []string
	for _, s := range c.sections() {
		for _, change := range s.changes {
			switch {
			case change.Level != requirement.Must || change.Was != Pass:
			case change.Is == NotClaimed:
				unclaimed = append(unclaimed, change.ID)
			case change.Is == "" || !change.Is.Counts():
				unjudged = append(unjudged, change.ID)
			}
		}
	}
	if n := len(unclaimed); n > 0 {
		all = append(all, fmt.Sprintf("%s held and %s no longer claimed, which counts as worse: %s", plural.Of(n, "MUST"), verb(n, "is", "are"), some(unclaimed)))
	}
	if n := len(unjudged); n > 0 {
		all = append(all, fmt.Sprintf("%s held and %s not judged now, which does not count as worse: %s", plural.Of(n, "MUST"), verb(n, "was", "were"), some(unjudged)))
	}
	return all
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// some names the first few IDs, and counts the others.
func some(ids []string) string {
	const shown = 5
	if len(ids) <= shown {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:shown], ", "), len(ids)-shown)
}
