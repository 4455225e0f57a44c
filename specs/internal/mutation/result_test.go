package mutation

import (
	"errors"
	"strings"
	"testing"
)

func TestResultOf(t *testing.T) {
	t.Parallel()
	void := errors.New("MAP-001 was not judged: the subject does not start")
	for _, tc := range []struct {
		judged, failed int
		void           error
		acted          bool
		want           Result
		says           string
	}{
		{9, 1, nil, true, Killed, "killed"},
		{9, 1, nil, false, Killed, "killed"}, // it failed, however it did
		{9, 0, nil, true, Silent, "SILENT"},
		{9, 0, nil, false, Dead, "DEAD"},
		{9, 1, void, true, Void, "VOID: it was not judged, so nothing is proven. Mend the mutant or the harness: MAP-001"},
		{0, 0, nil, false, NotRun, "NOT RUN"},
	} {
		got := ResultOf(tc.judged, tc.failed, tc.void, tc.acted)
		if got != tc.want || !strings.HasPrefix(got.Explain(tc.void), tc.says) {
			t.Errorf("ResultOf(%d, %d, %v, %t) = %s, want %s: %s", tc.judged, tc.failed, tc.void, tc.acted, got, tc.want, got.Explain(tc.void))
		}
	}
}
