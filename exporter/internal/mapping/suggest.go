package mapping

import (
	"slices"
	"strings"

	"github.com/ammeter/ammeter/internal/nearest"
)

// suggest names the types that look most like a wrong name: those that end with it, as
// "Open" does, or those that are spelled like it.
func suggest(name string) string {
	var ending []string
	for _, t := range Types() {
		if strings.HasSuffix(strings.ToLower(t), "."+strings.ToLower(name)) {
			ending = append(ending, t)
		}
	}
	near := slices.DeleteFunc(nearest.Names(name, Types(), 3), func(t string) bool { return slices.Contains(ending, t) })
	names := slices.Concat(ending, near)
	if len(names) == 0 {
		return `list them with "currents-exporter types"`
	}
	return "did you mean " + strings.Join(names[:min(3, len(names))], ", ") + "?"
}
