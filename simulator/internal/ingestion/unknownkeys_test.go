package ingestion

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestUnknownKeys_report reports the first request at once, and the others by the minute.
func TestUnknownKeys_report(t *testing.T) {
	t.Parallel()
	var got []int
	u := unknownKeys{report: func(n int) { got = append(got, n) }}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for s := range 150 {
		u.note(start.Add(time.Duration(s) * time.Second))
	}
	if diff := cmp.Diff([]int{1, 60, 60}, got); diff != "" {
		t.Errorf("reports of 150 requests in 150 s (-want +got):\n%s", diff)
	}
	new(unknownKeys).note(start) // reports nothing
}
