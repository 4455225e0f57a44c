package plural

import "testing"

func TestOf(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 events", 1: "1 event", 2: "2 events", -1: "-1 events"} {
		if got := Of(n, "event"); got != want {
			t.Errorf("Of(%d) = %q, want %q", n, got, want)
		}
	}
}
