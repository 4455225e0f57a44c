// Package plural writes a number with its noun: "1 event", "2 events".
package plural

import "fmt"

// Of returns the number and the noun, with an s unless there is one.
func Of[N int | int64 | uint64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
