package calibrate

// Difference is a row that two calibrations saw differently.
type Difference struct{ Row, Before, After string }

// Compare returns the rows that both calibrations observed, and not as the same, and the
// names of those that only one of them observed.
func Compare(before, after *Calibration) (changed []Difference, onlyBefore, onlyAfter []string) {
	for _, b := range before.Rows {
		a := after.Row(b.Name)
		switch {
		case !b.Verdict.Observed():
		case a == nil || !a.Verdict.Observed():
			onlyBefore = append(onlyBefore, b.Name)
		case a.seen() != b.seen():
			changed = append(changed, Difference{b.Name, b.seen(), a.seen()})
		}
	}
	for _, a := range after.Rows {
		if b := before.Row(a.Name); a.Verdict.Observed() && (b == nil || !b.Verdict.Observed()) {
			onlyAfter = append(onlyAfter, a.Name)
		}
	}
	return changed, onlyBefore, onlyAfter
}

// seen is what was observed, in words.
func (r *Row) seen() string {
	if r.Verdict == Differs {
		return "something else: " + r.Why
	}
	return r.Value
}
