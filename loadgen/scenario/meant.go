package scenario

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// meant completes a complaint of an unknown member with what it looks like, if
// anything: ; did you mean "phases"?
func meant(member string) string {
	for _, known := range slices.Sorted(maps.Keys(members(reflect.TypeFor[Scenario](), map[string]bool{}))) {
		if oneSlip(member, known) {
			return fmt.Sprintf("; did you mean %q?", known)
		}
	}
	return ""
}

// members are the names of the members of a type and of those in it.
func members(t reflect.Type, all map[string]bool) map[string]bool {
	if k := t.Kind(); k == reflect.Pointer || k == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() == reflect.Struct {
		for field := range t.Fields() {
			all[field.Tag.Get("yaml")] = true
			members(field.Type, all)
		}
	}
	return all
}

// oneSlip reports whether two words differ by no more than two letters in a row, at
// the same place: one wrong, missing or added, or two exchanged.
func oneSlip(a, b string) bool {
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head+tail > 1 && max(len(a), len(b))-head-tail <= 2
}
