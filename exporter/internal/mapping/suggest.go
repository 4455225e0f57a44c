package mapping

import (
	"cmp"
	"slices"
	"strings"
)

// suggest names the types that look most like a wrong name.
func suggest(name string) string {
	type near struct {
		name     string
		distance int
	}
	var nearest []near
	for _, t := range Types() {
		d := distance(strings.ToLower(name), strings.ToLower(t))
		if strings.HasSuffix(strings.ToLower(t), "."+strings.ToLower(name)) {
			d = 0
		}
		if d <= max(3, len(t)/4) {
			nearest = append(nearest, near{t, d})
		}
	}
	if len(nearest) == 0 {
		return "see the list of event types"
	}
	slices.SortStableFunc(nearest, func(a, b near) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, n := range nearest[:min(3, len(nearest))] {
		names = append(names, n.name)
	}
	return "did you mean " + strings.Join(names, ", ") + "?"
}

// distance is the number of bytes to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
