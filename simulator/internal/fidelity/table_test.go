package fidelity_test

import (
	"slices"
	"testing"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
)

// TestRows checks that every row has what the table promises.
func TestRows(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range (fidelity.Behavior{}).Rows() {
		switch {
		case seen[row.Name]:
			t.Errorf("%s: there are two", row.Name)
		case row.Name == "" || row.Default == "" || row.Source == "":
			t.Errorf("%+v: lacks a name, a default or a source", row)
		case row.Set != row.Default:
			t.Errorf("%s: is set to %q, want the default %q", row.Name, row.Set, row.Default)
		case slices.Contains(row.Alternatives, row.Default):
			t.Errorf("%s: the default is an alternative to itself", row.Name)
		}
		seen[row.Name] = true
	}
	for _, name := range []string{"events_object", "json_in_single_quotes"} {
		if !seen[name] {
			t.Errorf("no row %s", name)
		}
	}
}

// TestBehavior_With sets each switch to each of its values, and keeps the one before.
func TestBehavior_With(t *testing.T) {
	t.Parallel()
	var b fidelity.Behavior
	for _, row := range b.Rows() {
		if _, err := b.With(row.Name, "no such value\x00"); err == nil {
			t.Errorf("%s: takes any value", row.Name)
		}
		if len(row.Alternatives) == 0 {
			if _, err := b.With(row.Name, row.Default); err == nil {
				t.Errorf("%s: is a switch, but has no alternatives", row.Name)
			}
			continue
		}
		changed, err := b.With(row.Name, row.Default)
		if err != nil {
			t.Errorf("%s: refuses its default: %v", row.Name, err)
			continue
		}
		if got := changed.Get(row.Name); got != row.Default {
			t.Errorf("%s: got %q, want %q", row.Name, got, row.Default)
		}
		b = changed
	}
	one, err := fidelity.Behavior{}.With(fidelity.RetryAfter, fidelity.Present)
	if err != nil {
		t.Fatal(err)
	}
	two, err := one.With(fidelity.AnswerNewline, fidelity.Absent)
	if err != nil {
		t.Fatal(err)
	}
	if !two.Is(fidelity.RetryAfter, fidelity.Present) || !two.Is(fidelity.AnswerNewline, fidelity.Absent) || one.Is(fidelity.AnswerNewline, fidelity.Absent) {
		t.Error("a switch changes another one, or another behavior")
	}
}

// TestRuling has a text for every reason, and the row that it names.
func TestRuling(t *testing.T) {
	t.Parallel()
	withoutRow := []string{"", "fault_status", "fault_reset", "fault_empty_reply", "fault_truncate", "fault_garbage"}
	for r := range outcome.Reason(outcome.Reasons) {
		text, row := fidelity.Behavior{}.Explain(r.String(), false)
		if text == "" || row.Name == "" && !slices.Contains(withoutRow, r.String()) {
			t.Errorf("%q: text %q, row %q", r, text, row.Name)
		}
	}
}
