package gogc

import (
	"runtime/debug"
	"testing"
)

func TestApply(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	for _, variable := range []string{"GOGC", "GOMEMLIMIT", ""} {
		t.Setenv("GOGC", "")
		t.Setenv("GOMEMLIMIT", "")
		want := Percent
		if variable != "" {
			t.Setenv(variable, "100")
			want = 100
		}
		undo := Apply()
		if got := debug.SetGCPercent(want); got != want {
			t.Errorf("with %q set: %d percent, want %d", variable, got, want)
		}
		undo()
		if got := debug.SetGCPercent(100); got != 100 {
			t.Errorf("with %q set: %d percent afterwards, want 100", variable, got)
		}
	}
}
