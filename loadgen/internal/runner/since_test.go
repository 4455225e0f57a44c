package runner

import "testing"

func TestSince(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ now, before, want uint64 }{
		{10, 4, 6},
		{4, 4, 0},
		{3, 10, 3}, // reset in between
		{0, 10, 0},
	} {
		if got := since(tc.now, tc.before); got != tc.want {
			t.Errorf("since(%d, %d) = %d, want %d", tc.now, tc.before, got, tc.want)
		}
	}
}
