package specs

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// suiteOf is a suite in which each requirement is judged by a scenario of its own.
func suiteOf(play func(context.Context, *run) (verdict.Traffic, error), ids ...string) (*suite, []spec) {
	s := &suite{events: &eventFactory{set: &fixtures.Set{}}, specs: map[string]spec{}}
	// The first event of a target that answers at once.
	first := s.ensureTrace(smoke, "CAP-001")
	first.once.Do(func() { first.traffic.Requests = make([]control.Request, 1) })
	var specs []spec
	for _, id := range ids {
		sp := spec{id, &scenario{play: play}, verdict.Delivered}
		s.add(sp)
		specs = append(specs, sp)
	}
	return s, specs
}

func TestPrefetch_recordsTracesAtTheSameTime(t *testing.T) {
	t.Parallel()
	begun, made := make(chan struct{}), atomic.Int32{}
	s, specs := suiteOf(func(context.Context, *run) (verdict.Traffic, error) {
		if made.Add(1) == 3 {
			close(begun)
		}
		<-begun // until all three are under way
		return verdict.Traffic{APIKey: "k"}, nil
	}, "MAP-001", "DROP-001", "VAL-001")
	stop := s.prefetch(t.Context(), specs, 1, 4)
	for _, sp := range specs {
		if got, failure := s.traceOf(sp.scenario).get(t.Context()); failure != nil || got.APIKey == "" {
			t.Errorf("%s: %+v, %v", sp.requirement, got, failure)
		}
	}
	stop()
	if n := made.Load(); n != 3 {
		t.Errorf("%d traces were recorded, want each once", n)
	}
}

func TestPrefetch_recordsAsManyAsItMayWhateverTheSpecsWaitFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 2
		underWay, release := atomic.Int32{}, make(chan struct{})
		s, specs := suiteOf(func(context.Context, *run) (verdict.Traffic, error) {
			if got := underWay.Add(1); got > n {
				t.Errorf("%d traces are recorded at a time, want %d at the most", got, n)
			}
			<-release
			underWay.Add(-1)
			return verdict.Traffic{}, nil
		}, "MAP-001", "DROP-001", "VAL-001", "RATE-001", "RETRY-001")
		stop := s.prefetch(t.Context(), specs, 1, n)
		synctest.Wait() // no spec has asked for anything, as when it waits for one in the making
		if got := underWay.Load(); got != n {
			t.Errorf("%d traces are recorded at a time, want %d", got, n)
		}
		go func() {
			for range specs {
				release <- struct{}{}
			}
		}()
		for _, sp := range specs {
			s.traceOf(sp.scenario).ready(t.Context())
		}
		stop()
	})
}

func TestInTurn_beginsWithWhatTakesLongest(t *testing.T) {
	t.Parallel()
	_, specs := suiteOf(nil, "MAP-001", "RETRY-001", "VAL-001", "KEY-005", "DROP-001", "LIMIT-001")
	specs[3].scenario.long = true
	for seed := range int64(20) {
		var ids []string
		for _, sp := range inTurn(specs, seed) {
			ids = append(ids, sp.requirement)
		}
		slices.Sort(ids[1:3])
		if !slices.Equal(ids[:3], []string{"KEY-005", "LIMIT-001", "RETRY-001"}) {
			t.Fatalf("with seed %d the first are %v, want the long one and then the slow ones", seed, ids[:3])
		}
	}
}

func TestPrefetch_endsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	s, specs := suiteOf(func(ctx context.Context, _ *run) (verdict.Traffic, error) {
		close(begun)
		<-ctx.Done()
		return verdict.Traffic{}, ctx.Err()
	}, "MAP-001")
	stop := s.prefetch(t.Context(), specs, 1, 2)
	<-begun
	stop()
	if logged := s.logged(); len(logged) != 0 {
		t.Errorf("the report has %d recordings that no spec asked for", len(logged))
	}
}

func TestPrefetch_recordsOnlyWhatIsAskedForLater(t *testing.T) {
	t.Parallel()
	never := func(context.Context, *run) (verdict.Traffic, error) {
		t.Error("a trace was recorded")
		return verdict.Traffic{}, nil
	}
	s, specs := suiteOf(never, "MAP-001")
	s.prefetch(t.Context(), specs, 1, 1)() // the only one is left to the specs
	s.target.APIKey = "of an exporter that ran already"
	s.prefetch(t.Context(), specs, 1, 4)()
	s, specs = suiteOf(never, "REST-001") // not claimed, so not needed
	s.prefetch(t.Context(), specs, 1, 4)()
}

func TestJudge_saysThatAScenarioPanicked(t *testing.T) {
	t.Parallel()
	s, specs := suiteOf(func(context.Context, *run) (verdict.Traffic, error) { panic("no such index") }, "MAP-001")
	v := s.judge(t.Context(), specs[0])
	if v.Outcome != verdict.Error || !strings.Contains(v.Evidence, "no such index") {
		t.Errorf("a scenario that panicked gives %+v", v)
	}
}

func TestJudge_saysThatAJudgePanicked(t *testing.T) {
	t.Parallel()
	s, specs := suiteOf(func(context.Context, *run) (verdict.Traffic, error) { return verdict.Traffic{}, nil }, "MAP-001")
	specs[0].judge = func(verdict.Traffic) verdict.Verdict { panic("no such index") }
	v := s.judge(t.Context(), specs[0])
	if v.Outcome != verdict.Error || !strings.Contains(v.Evidence, "no such index") {
		t.Errorf("a judge that panicked gives %+v", v)
	}
}
