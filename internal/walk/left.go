package walk

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// maxExamples is how many paths of a kind are kept.
const maxExamples = 3

// Left counts what a walk left out, by kind. The zero value is ready to use.
type Left struct {
	counts   map[string]int
	examples map[string][]string
	named    map[string]bool
}

// Add counts something that was left out.
func (l *Left) Add(kind, path string) {
	if l.counts == nil {
		l.counts, l.examples, l.named = map[string]int{}, map[string][]string{}, map[string]bool{}
	}
	l.counts[kind]++
	if len(l.examples[kind]) < maxExamples {
		l.examples[kind] = append(l.examples[kind], path)
	}
}

// AddNamed counts something that was left out and that is not expected there: the
// summary names it.
func (l *Left) AddNamed(kind, path string) {
	l.Add(kind, path)
	l.named[kind] = true
}

// some lists the first paths of a kind.
func (l *Left) some(kind string) string {
	var t strings.Builder
	for i, path := range l.examples[kind] {
		if i > 0 {
			t.WriteString(", ")
		}
		t.WriteString(strconv.Quote(path))
	}
	if more := l.counts[kind] - len(l.examples[kind]); more > 0 {
		fmt.Fprintf(&t, " and %d more", more)
	}
	return t.String()
}

// Total is how much was left out.
func (l *Left) Total() int {
	total := 0
	for _, n := range l.counts {
		total += n
	}
	return total
}

// Examples returns the first paths of a kind.
func (l *Left) Examples(kind string) []string { return l.examples[kind] }

// Kinds returns the kinds, the most frequent first.
func (l *Left) Kinds() []string {
	return slices.SortedFunc(maps.Keys(l.counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(l.counts[b], l.counts[a]), cmp.Compare(a, b))
	})
}

// String is a summary such as "3 left out: 2 .parquet, 1 hidden", empty if nothing
// was left out.
func (l *Left) String() string {
	parts := []string{}
	for _, kind := range l.Kinds() {
		part := fmt.Sprintf("%d %s", l.counts[kind], kind)
		if l.named[kind] {
			part += fmt.Sprintf(" (%s)", l.some(kind))
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%d left out: %s", l.Total(), strings.Join(parts, ", "))
}

// Extension is the kind of a file that is left out for its name: its extension in
// small letters, with that before it if the last one is of a packing.
func Extension(name string) string {
	ext := strings.ToLower(path.Ext(name))
	switch ext {
	case "":
		return "without an extension"
	case ".gz", ".zst", ".zstd", ".bz2", ".xz", ".crc":
		return strings.ToLower(path.Ext(name[:len(name)-len(ext)])) + ext
	}
	return ext
}
