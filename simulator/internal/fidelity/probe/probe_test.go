package probe_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// TestRows has a probe for every row, or a reason why requests cannot show it.
func TestRows(t *testing.T) {
	t.Parallel()
	shown := map[string][]probe.Read{}
	for _, p := range probe.All(probe.Published()) {
		for _, r := range p.Reads {
			shown[r.Row] = append(shown[r.Row], r)
		}
	}
	hidden := probe.Hidden()
	for _, row := range (fidelity.Behavior{}).Rows() {
		reads, why := shown[row.Name], hidden[row.Name]
		switch {
		case len(reads) == 0 && why == probe.Unseen{}:
			t.Errorf("%s: no probe shows it: add one beside the others, or say in Hidden why requests cannot and what would", row.Name)
		case len(reads) > 0 && why != probe.Unseen{}:
			t.Errorf("%s: there is a probe, and a reason why there is none", row.Name)
		case len(reads) == 0 && (why.Why == "" || why.Shown == ""):
			t.Errorf("%s: %+v, want a reason and what would show it", row.Name, why)
		}
		for _, r := range reads {
			checkCases(t, &row, &r)
		}
		delete(shown, row.Name)
		delete(hidden, row.Name)
	}
	for name := range shown {
		t.Errorf("a probe shows %q, which is no row", name)
	}
	for name := range hidden {
		t.Errorf("Hidden has %q, which is no row", name)
	}
}

// checkCases holds the values that a probe can read against those of the row: every
// alternative, unless the probe cannot tell it, and nothing else.
func checkCases(t *testing.T, row *fidelity.Row, read *probe.Read) {
	t.Helper()
	values := map[string]bool{}
	for _, c := range read.Cases {
		value := c.Value
		if value == "" {
			value = row.Default
		}
		if !row.Takes(value) {
			t.Errorf("%s: a probe reads %q, which is no value of it", row.Name, value)
		}
		if len(c.If) == 0 {
			t.Errorf("%s: the case %q has no expectation: it always holds", row.Name, value)
		}
		values[value] = true
	}
	if row.Free() {
		return // its alternatives are no values
	}
	for _, value := range append([]string{row.Default}, row.Alternatives...) {
		if !values[value] {
			t.Errorf("%s: no case of its probe reads %q", row.Name, value)
		}
	}
}

// TestProbes holds what package calibrate relies on.
func TestProbes(t *testing.T) {
	t.Parallel()
	read, seen := map[string]bool{}, map[string]bool{}
	for _, p := range probe.All(probe.Published()) {
		for _, on := range append(slices.Clone(p.On), "") {
			if at := p.Name + on; seen[at] && on != "" {
				t.Errorf("%s: made twice at %s, with the same devices", p.Name, on)
			} else {
				seen[at] = true
			}
		}
		if len(p.Requests) == 0 || len(p.Reads) == 0 || p.Group != probe.Safe && p.Group != probe.Limits {
			t.Errorf("%s: no requests, nothing to read, or no group", p.Name)
		}
		for _, r := range p.Requests {
			if r.Path == "" && len(p.On) == 0 || r.Path != "" && !strings.HasPrefix(r.Path, "/") {
				t.Errorf("%s: a request goes nowhere: %+v", p.Name, r)
			}
			if p.Group == probe.Safe && (r.Wait > 0 || r.Times > 1) {
				t.Errorf("%s: a safe probe that waits or repeats", p.Name)
			}
		}
		for _, r := range p.Reads {
			for _, n := range r.Needs {
				if !read[n.Row] {
					t.Errorf("%s: %s needs %s, which is read later or never", p.Name, r.Row, n.Row)
				}
			}
			read[r.Row] = true
			all := slices.Clone(r.Given)
			for _, c := range r.Cases {
				all = append(all, c.If...)
			}
			for _, e := range all {
				if e.Answer < 0 || e.Answer >= len(p.Requests) {
					t.Errorf("%s: an expectation about answer %d of %d", p.Name, e.Answer, len(p.Requests))
				}
			}
		}
	}
}
