package specs

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/ammeter/ammeter/specs/internal/verdict"
	"github.com/ammeter/ammeter/specs/requirement"
)

// benchOf is a bench on which each requirement is judged by a recording of its own.
func benchOf(scenario func(context.Context, *bench) (verdict.Traffic, error), ids ...string) (*bench, []requirement.Requirement) {
	b := &bench{owners: map[string]*recording{}}
	var selected []requirement.Requirement
	for _, id := range ids {
		r, _ := requirement.Lookup(id)
		selected = append(selected, r)
		b.owners[id] = b.record(scenario)
		b.keep(b.owners[id], id)
	}
	return b, selected
}

func TestAhead_makesRecordingsAtTheSameTime(t *testing.T) {
	t.Parallel()
	begun, made := make(chan struct{}), atomic.Int32{}
	b, selected := benchOf(func(context.Context, *bench) (verdict.Traffic, error) {
		if made.Add(1) == 3 {
			close(begun)
		}
		<-begun // until all three are under way
		return verdict.Traffic{APIKey: "k"}, nil
	}, "MAP-001", "DROP-001", "VAL-001")
	stop := b.ahead(selected, 1, 4)
	for id, r := range b.owners {
		if got, err := r.get(t.Context()); err != nil || got.APIKey == "" {
			t.Errorf("%s: %+v, %v", id, got, err)
		}
	}
	stop()
	if n := made.Load(); n != 3 {
		t.Errorf("%d recordings were made, want each once", n)
	}
}

func TestAhead_endsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	b, selected := benchOf(func(ctx context.Context, _ *bench) (verdict.Traffic, error) {
		close(begun)
		<-ctx.Done()
		return verdict.Traffic{}, ctx.Err()
	}, "MAP-001")
	stop := b.ahead(selected, 1, 2)
	<-begun
	stop()
	if logged := b.logged(); len(logged) != 0 {
		t.Errorf("the report has %d recordings that no spec asked for", len(logged))
	}
}

func TestAhead_makesOnlyWhatIsAskedForLater(t *testing.T) {
	t.Parallel()
	never := func(context.Context, *bench) (verdict.Traffic, error) {
		t.Error("a recording was made")
		return verdict.Traffic{}, nil
	}
	b, selected := benchOf(never, "MAP-001")
	b.ahead(selected, 1, 1)() // the only one is left to the specs
	b.target.APIKey = "of an exporter that ran already"
	b.ahead(selected, 1, 4)()
	b, selected = benchOf(never, "REST-001") // not claimed, so nobody asks
	b.ahead(selected, 1, 4)()
}

func TestRecording_tellsOfAPanic(t *testing.T) {
	t.Parallel()
	b, _ := benchOf(func(context.Context, *bench) (verdict.Traffic, error) { panic("no such index") }, "MAP-001")
	if _, err := b.owners["MAP-001"].get(t.Context()); err == nil {
		t.Error("a recording whose making panicked has no error")
	}
}
