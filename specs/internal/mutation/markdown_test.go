package mutation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// perType begins the names of the mutants that there is one of for each event type.
const perType = "property-missing:"

const heading = `# Kill matrix

Made by ` + "`make mutants UPDATE=1`" + `; do not edit. ` + "`mutant-exporter`" + ` is our exporter with one defect; a requirement that fails
for a mutant kills it. In brackets: a requirement that killed it in some of the runs that asked, as in (RATE-001 1/3), because the
defect or the machine decides when it shows. M1 to M25 are bugs of known exporters. A mutant that breaks single events is not
asked about delivery, the others are not asked about events.

| mutant | defect | like | runs | killed by |
|---|---|---|---|---|
`

// Markdown shows the matrix to people, from both sides.
func (m *Matrix) Markdown() string {
	var b strings.Builder
	b.WriteString(heading)
	by := map[string][]string{}
	types := 0
	for _, name := range slices.Sorted(maps.Keys(m.Mutants)) {
		k := m.Mutants[name]
		killers := k.Always()
		for _, id := range killers {
			by[id] = append(by[id], name)
		}
		if strings.HasPrefix(name, perType) {
			types++
			continue
		}
		for _, id := range k.Sometimes() {
			killers = append(killers, fmt.Sprintf("(%s %s)", id, k.ByID[id]))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %s |\n", name, k.Defect, k.Like, k.Runs, strings.Join(killers, " "))
	}
	fmt.Fprintf(&b, "| %sTYPE, %d of them | loses a property of the event type, or adds one | | | its TYPE row |\n", perType, types)
	b.WriteString("\n| requirement | kills |\n|---|---|\n")
	for _, id := range slices.Sorted(maps.Keys(by)) {
		if !strings.HasPrefix(id, "TYPE-") {
			fmt.Fprintf(&b, "| %s | %s |\n", id, strings.Join(by[id], ", "))
		}
	}
	if len(m.NotAsked) > 0 {
		fmt.Fprintf(&b, "\nNot proven, because mutant-exporter does not claim what they are about: %s.\n", strings.Join(m.NotAsked, ", "))
	}
	return b.String()
}
