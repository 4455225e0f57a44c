package calibrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// finding is what one probe at one endpoint said about a row.
type finding struct {
	verdict  Verdict // Default stands for any value that was read
	value    string
	why      string
	evidence Evidence
}

// findings are those of all rows.
type findings map[string][]finding

// value is what a row was read as so far, or "" if it is not known or not everywhere the same.
func (f findings) value(row string) string {
	value := ""
	for _, one := range f[row] {
		switch {
		case one.verdict == Differs, one.verdict == Default && value != "" && one.value != value:
			return ""
		case one.verdict == Default:
			value = one.value
		}
	}
	return value
}

// unmet is why the answers of a probe say nothing about a row, or "".
func (f findings) unmet(needs []probe.Need) string {
	for _, n := range needs {
		value := f.value(n.Row)
		if n.Value == "" {
			n.Value = rowDefaults()[n.Row]
		}
		switch {
		case value == "":
			return fmt.Sprintf("it needs %s, which was not observed", n.Row)
		case n.Not && value == n.Value:
			return fmt.Sprintf("%s is %s, which hides it", n.Row, value)
		case !n.Not && value != n.Value:
			return fmt.Sprintf("%s is %s: only %s shows it", n.Row, value, n.Value)
		}
	}
	return ""
}

// row sums up what was found out about a row.
func (f findings) row(r fidelity.Row, c *Config) Row {
	all := f[r.Name]
	row := Row{Name: r.Name}
	for _, one := range all {
		row.Evidence = append(row.Evidence, one.evidence)
	}
	for _, v := range []Verdict{Differs, Failed, NotMade, NotObservable} {
		if i := slices.IndexFunc(all, func(one finding) bool { return one.verdict == v }); i >= 0 && (row.Verdict == "" || v == Differs) {
			row.Verdict, row.Why = v, all[i].why
		}
	}
	switch value := f.value(r.Name); {
	case value == r.Default:
		row.Verdict, row.Value, row.Why = Default, value, ""
	case value != "":
		row.Verdict, row.Value, row.Why = Alternative, value, ""
	case f.readings(r.Name) > 1 || row.Verdict == Differs:
		row.Verdict, row.Why = Differs, f.apart(r.Name)
	}
	if row.Verdict == "" {
		row.Verdict, row.Why, row.WouldShow = unmade(r.Name, c)
	}
	return row
}

// readings is the number of different values that were read.
func (f findings) readings(row string) int {
	seen := map[string]bool{}
	for _, one := range f[row] {
		if one.verdict == Default {
			seen[one.value] = true
		}
	}
	return len(seen)
}

// apart says what was read at which endpoint.
func (f findings) apart(row string) string {
	var parts []string
	for _, one := range f[row] {
		if one.verdict == Default || one.verdict == Differs {
			parts = append(parts, strings.TrimPrefix(one.evidence.Endpoint+": "+one.value+one.why, ": "))
		}
	}
	return strings.Join(parts, "; ")
}

// unmade is the verdict on a row that no probe was made for.
func unmade(row string, c *Config) (v Verdict, why, wouldShow string) {
	if hidden, ok := probe.Hidden()[row]; ok {
		return NotObservable, hidden.Why, hidden.Shown
	}
	lacking := probe.Target("")
	wanted, limits := false, false
	for _, p := range probe.All(c.Numbers) {
		if !p.Shows(row) {
			continue
		}
		if to := c.lacks(&p); to != "" {
			lacking = to
		}
		wanted = wanted || c.wants(&p)
		limits = limits || p.Group == probe.Limits
	}
	switch {
	case !wanted:
		return NotAsked, "it was not asked for", ""
	case lacking != "":
		return NotObservable, "it needs " + string(lacking), "the same run with " + string(lacking)
	case limits && !c.Limits:
		return NotAsked, "only --limits shows it", ""
	}
	return NotAsked, "the run ended before", ""
}
