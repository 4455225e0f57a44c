package loadgen

import "testing"

// A machine without descriptors or ports says nothing about its target.
func TestResult_Verdict_ownLack(t *testing.T) {
	t.Parallel()
	for reason, want := range map[string]Verdict{
		noDescriptor: Bottleneck, noPort: Bottleneck, "connection refused": Valid,
	} {
		r := &Result{Sends: Sends{Due: 1000, Answered: 999, Failed: 1}, Errors: map[string]uint64{reason: 1}}
		if got, why := r.Verdict(0.05); got != want || (why == "") != (want == Valid) {
			t.Errorf("%s: verdict %q (%s), want %q", reason, got, why, want)
		}
	}
}
