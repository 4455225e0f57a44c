package loadgen

import (
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

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

// What held the senders up is said: slow answers are not this machine's doing, and of three
// requests one that is late is no lack of speed.
func TestResult_Verdict_reason(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sends    Sends
		answer   time.Duration
		withheld int
		want     string
	}{
		"slow answers": {Sends{Due: 100, LateSenders: 60}, 4580 * time.Millisecond, 0, "; senders waited for answers, which took 4.581s on average: the target is too slow for this rate"},
		"both":         {Sends{Due: 100, LateSenders: 60}, 30 * time.Millisecond, 7, "; 8 senders waited for answers, which took 30ms on average, and 7 times the processors of this machine were too busy for one more"},
		"slow machine": {Sends{Due: 100, LateSenders: 60}, time.Millisecond, 7, "; this machine cannot send that much"},
		"few requests": {Sends{Due: 3, LateSenders: 1}, time.Millisecond, 0, "; of 3 requests none may be late: send more, or raise --tolerance or --max-late"},
	} {
		r := &Result{Sends: tc.sends, Senders: 8, SenderLimit: 100, withheld: tc.withheld, Service: hdrhistogram.New(1, 60_000_000, 3), tolerance: 25 * time.Millisecond}
		if err := r.Service.RecordValue(tc.answer.Microseconds()); err != nil {
			t.Fatal(err)
		}
		if v, why := r.Verdict(0.05); v != Bottleneck || !strings.Contains(why, tc.want) {
			t.Errorf("%s: %s, %s; want %q", name, v, why, tc.want)
		}
	}
}
