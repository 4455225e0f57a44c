package delay

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type number uint64

func (n number) Seq() uint64 { return uint64(n) }

type laneID uint64

type (
	testIndex = Index[laneID, number]
	testFront = Front[laneID, number]
)

func newTestIndex() *testIndex { return New[laneID, number]() }

// part is the part of three that a lane is in.
func part(l laneID) int { return int(l % 3) }

// plainIndex is what Index is to do, with a look at every lane each time.
type plainIndex struct {
	lanes     map[laneID]*plainLane
	inTransit laneID // 0: none
}

type plainLane struct {
	until  time.Time
	blocks []number
	out    int
}

func (x *plainIndex) add(l laneID, until time.Time, b number) {
	if x.lanes[l] == nil {
		x.lanes[l] = &plainLane{}
	}
	pl := x.lanes[l]
	pl.blocks = append(pl.blocks, b)
	if until = roundUp(until); until.After(pl.until) {
		pl.until = until
	}
}

// due returns the lane that is due, or when to look again.
// roundUp returns the first whole microsecond that is not before t.
func roundUp(t time.Time) time.Time {
	if whole := t.Truncate(time.Microsecond); whole.Before(t) {
		return whole.Add(time.Microsecond)
	}
	return t
}

func (x *plainIndex) due(now time.Time) (first laneID, blocks []number, at time.Time) {
	out := 0
	for l, pl := range x.lanes {
		if pl.out > 0 {
			out++
			continue
		}
		best := x.lanes[first]
		if best == nil || pl.until.Before(best.until) || pl.until.Equal(best.until) && pl.blocks[0] < best.blocks[0] {
			first = l
		}
	}
	best := x.lanes[first]
	switch {
	case out >= MaxOut || best == nil:
		return 0, nil, time.Time{}
	case best.until.After(now):
		return 0, nil, best.until
	}
	return first, best.blocks, time.Time{}
}

func (x *plainIndex) done(l laneID, n int) {
	pl := x.lanes[l]
	pl.blocks, pl.out = pl.blocks[n:], 0
	if len(pl.blocks) == 0 {
		delete(x.lanes, l)
	}
}

func (x *plainIndex) holds(l laneID) bool {
	pl := x.lanes[l]
	return l == x.inTransit || pl != nil && len(pl.blocks) > pl.out
}

func TestIndex_likeThePlainOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1_800_000_000, 0)
		got, want := newTestIndex(), plainIndex{lanes: map[laneID]*plainLane{}}
		var out []testFront
		last := number(0)
		pick := func(t *rapid.T) (i int) {
			if len(out) == 0 {
				t.Skip("nothing is out")
			}
			return rapid.IntRange(0, len(out)-1).Draw(t, "front")
		}
		when := rapid.Custom(func(t *rapid.T) time.Time {
			s, ns := rapid.IntRange(-3, 10).Draw(t, "seconds"), rapid.SampledFrom([]int{0, 1, 999}).Draw(t, "nanoseconds")
			return now.Add(time.Duration(s)*time.Second + time.Duration(ns))
		})
		anyLane := rapid.Map(rapid.IntRange(1, 8), func(n int) laneID { return laneID(n) })
		add := func(l laneID, until time.Time) {
			last++
			got.Add(l, now, until, last)
			got.Add(l, now, until, last) // which it has
			want.add(l, until, last)
		}
		due := func(t *rapid.T, n int, arrives bool) {
			front, at, ok := got.Due(now)
			l, blocks, wantAt := want.due(now)
			if ok != (blocks != nil) || ok && front.Lane() != l || !slices.Equal(front.Blocks, blocks) || !at.Equal(wantAt) {
				t.Fatalf("due: %+v, or at %v (%v); want lane %d with %v, or at %v", front, at, ok, l, blocks, wantAt)
			}
			if !ok {
				return
			}
			n = min(n, len(blocks))
			front, ok = got.Take(front, n)
			if !ok || !slices.Equal(front.Blocks, blocks[:n]) {
				t.Fatalf("take: %+v (%v); want %v", front, ok, blocks[:n])
			}
			want.lanes[l].out, want.inTransit = n, l
			if arrives {
				got.Arrived()
				want.inTransit = 0
			}
			out = append(out, front)
		}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				until := time.Time{}
				if rapid.Bool().Draw(t, "timed") {
					until = when.Draw(t, "until")
				}
				add(anyLane.Draw(t, "lane"), until)
			},
			"add a crowd": func(*rapid.T) {
				for l := range laneID(200) {
					add(1000+l, now)
				}
			},
			"due": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "seconds")) * time.Second)
				due(t, rapid.IntRange(1, 3).Draw(t, "blocks"), rapid.Bool().Draw(t, "arrives"))
			},
			"the clock is set back": func(t *rapid.T) {
				got.Due(now)
				back := time.Duration(rapid.IntRange(2, 100_000).Draw(t, "seconds")) * time.Second
				now = now.Add(-back)
				got.Due(now)
				for _, pl := range want.lanes {
					pl.until = pl.until.Add(-back)
				}
			},
			"due for a crowd": func(t *rapid.T) {
				for range 150 {
					due(t, 3, true)
				}
			},
			"done": func(t *rapid.T) {
				i := pick(t)
				got.Done(out[i])
				want.done(out[i].Lane(), len(out[i].Blocks))
				out = slices.Delete(out, i, i+1)
			},
			"return": func(t *rapid.T) {
				i, until := pick(t), when.Draw(t, "until")
				got.Return(out[i], now, until)
				pl := want.lanes[out[i].Lane()]
				pl.until, pl.out = roundUp(until), 0
				out = slices.Delete(out, i, i+1)
			},
			"drop": func(t *rapid.T) {
				p := rapid.IntRange(0, 2).Draw(t, "part")
				due, _, ok := got.Due(now)
				got.Drop(func(l laneID) bool { return part(l) == p })
				for l := range want.lanes {
					if part(l) == p {
						delete(want.lanes, l)
					}
				}
				if ok && part(due.Lane()) == p {
					if _, ok := got.Take(due, 1); ok {
						t.Fatal("a lane was taken that is dropped")
					}
				}
				out = slices.DeleteFunc(out, func(f testFront) bool {
					gone := part(f.Lane()) == p
					if gone {
						got.Done(f) // says nothing any more
						got.Return(f, now, now)
					}
					return gone
				})
			},
			"": func(t *rapid.T) {
				if got.Len() != len(want.lanes) {
					t.Fatalf("%d lanes; want %d", got.Len(), len(want.lanes))
				}
				for l := range want.lanes {
					if got.Holds(l) != want.holds(l) {
						t.Fatalf("lane %d holds: %v; want %v", l, got.Holds(l), want.holds(l))
					}
				}
				if diff := cmp.Diff(len(out), got.out); diff != "" {
					t.Fatalf("fronts out (-want +got):\n%s", diff)
				}
			},
		})
	})
}

// When lanes are dropped with all the blocks that may be out, others can be due, and
// what waits for a change has to look again.
func TestIndex_DropLetsOthersBeDue(t *testing.T) {
	t.Parallel()
	x, now := newTestIndex(), time.Unix(10, 0)
	for i := range MaxOut {
		x.Add(laneID(i+1), now, time.Unix(1, 0), number(i+1))
		front, _, ok := x.Due(now)
		if !ok {
			t.Fatalf("lane %d of %d is not due", i+1, MaxOut)
		}
		x.Take(front, 1)
	}
	x.Add(MaxOut+1, now, time.Unix(1, 0), MaxOut+1)
	<-x.Changed()
	if _, at, ok := x.Due(now); ok || !at.IsZero() {
		t.Fatalf("with %d lanes out: another is due: %v, at %v; want to wait for a change", MaxOut, ok, at)
	}
	x.Drop(func(l laneID) bool { return l <= MaxOut })
	select {
	case <-x.Changed():
	default:
		t.Error("Drop does not say that there was a change")
	}
	if front, _, ok := x.Due(now); !ok || front.Lane() != MaxOut+1 {
		t.Errorf("after Drop: due %v, %+v; want lane %d", ok, front, MaxOut+1)
	}
}

// BenchmarkIndex_Due takes lanes of a million, which takes no longer than of a thousand
// but for the depth of the heap.
func BenchmarkIndex_Due(b *testing.B) {
	perLane := map[int]time.Duration{}
	for b.Loop() {
		for _, n := range []int{1_000, 1_000_000} {
			x := New[string, number]()
			for i := range n {
				x.Add(strconv.Itoa(i), time.Unix(0, 0), time.Unix(int64(i%3600), 0), number(i))
			}
			began := time.Now()
			for range n {
				front, _, ok := x.Due(time.Unix(3600, 0))
				if !ok {
					b.Fatal("nothing is due")
				}
				front, _ = x.Take(front, 1)
				x.Done(front)
			}
			perLane[n] += time.Since(began) / time.Duration(n)
		}
	}
	b.ReportMetric(float64(perLane[1_000_000].Nanoseconds())/float64(b.N), "ns/lane")
	b.ReportMetric(float64(perLane[1_000_000])/float64(perLane[1_000]), "ratio:exporter_wake_1m_vs_1k_lanes")
}
