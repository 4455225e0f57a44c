package verdict

import (
	"errors"
	"fmt"
	"testing"
)

func TestFailure(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err      error
		outcome  Outcome
		evidence string
	}{
		{errors.New("no route"), Error, "harness: no route"},
		{Failuref(NoStart, "the subject does not start: %v", "exit code 1"), Error, "the subject does not start: exit code 1"},
		{Failuref(BySubject, "it ended by itself"), Fail, "it ended by itself"},
		{Failuref(Untestable, "a grace of 48h"), Skip, "a grace of 48h"},
		{Failuref(Unobservable, "its death"), NotObservable, "not observable: its death"},
		{Failuref(PostsOnly, "shown with posts"), NotClaimed, "shown with posts"},
		{fmt.Errorf("wrapped: %w", Failuref(BySubject, "it ended by itself")), Fail, "wrapped: it ended by itself"},
	} {
		v := FailureOf(tc.err).Verdict()
		if v.Outcome != tc.outcome || v.Evidence != tc.evidence {
			t.Errorf("FailureOf(%v) gives %+v, want %s: %s", tc.err, v, tc.outcome, tc.evidence)
		}
	}
	if f := FailureOf(nil); f != nil {
		t.Errorf("FailureOf(nil) = %v", f)
	}
}
