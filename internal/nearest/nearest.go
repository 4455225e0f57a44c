// Package nearest finds the names that look most like a misspelled one.
package nearest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Names returns at most n of the known names, the nearest first, that are few edits
// away from name: at most three, or a quarter of the known name's length, and fewer than
// the shorter of the two has letters. Case does not count. The result is empty if nothing
// is near.
func Names(name string, known []string, n int) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near []candidate
	for _, k := range known {
		if d := Edits(name, k); d <= max(3, len(k)/4) && d < min(len(name), len(k)) {
			near = append(near, candidate{k, d})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	names := make([]string, 0, n)
	for _, c := range near[:min(n, len(near))] {
		names = append(names, c.name)
	}
	return names
}

// Hint returns `, did you mean "export"?` for the nearest of the known names, and nothing if
// none is near.
func Hint(name string, known []string) string {
	if near := Names(name, known, 1); len(near) == 1 {
		return fmt.Sprintf(", did you mean %q?", near[0])
	}
	return ""
}

// Edits is the number of bytes to insert, delete or replace to make one name of another. Case
// does not count.
func Edits(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
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
