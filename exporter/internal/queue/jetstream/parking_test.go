package jetstream

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plainParking is what parking is to do, with a look at every lane each time.
type plainParking struct {
	lanes map[lane]*plainLane
}

type plainLane struct {
	partition *partition
	until     time.Time
	seqs      []uint64
	out       int
	departed  bool
}

func (k *plainParking) add(p *partition, l lane, until time.Time, seq uint64) {
	if k.lanes[l] == nil {
		k.lanes[l] = &plainLane{partition: p}
	}
	pl := k.lanes[l]
	pl.seqs = append(pl.seqs, seq)
	if until.After(pl.until) {
		pl.until = until
	}
}

// due returns the lane to wake, or when to look again.
func (k *plainParking) due(now time.Time, n int) (first lane, seqs []uint64, at time.Time) {
	out := 0
	for l, pl := range k.lanes {
		if pl.out > 0 {
			out++
			continue
		}
		best := k.lanes[first]
		if best == nil || pl.until.Before(best.until) || pl.until.Equal(best.until) && pl.seqs[0] < best.seqs[0] {
			first = l
		}
	}
	best := k.lanes[first]
	switch {
	case out >= wakeLanes || best == nil:
		return 0, nil, time.Time{}
	case best.until.After(now):
		return 0, nil, best.until
	}
	best.out = min(n, len(best.seqs))
	return first, best.seqs[:best.out], time.Time{}
}

func (k *plainParking) settle(l lane, n int) {
	pl := k.lanes[l]
	pl.seqs, pl.out, pl.departed = pl.seqs[n:], 0, false
	if len(pl.seqs) == 0 {
		delete(k.lanes, l)
	}
}

func (k *plainParking) holds(l lane) bool {
	pl := k.lanes[l]
	return pl != nil && (!pl.departed || len(pl.seqs) > pl.out)
}

func TestParking_likeThePlainOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		partitions := []*partition{{number: 0}, {number: 1}, {number: 2}}
		epoch := time.Unix(1_800_000_000, 0)
		got, want := newParking(), plainParking{lanes: map[lane]*plainLane{}}
		var out []parkedChunk
		seq, now := uint64(0), epoch
		pick := func(t *rapid.T) (i int) {
			if len(out) == 0 {
				t.Skip("nothing is out")
			}
			return rapid.IntRange(0, len(out)-1).Draw(t, "chunk")
		}
		when := rapid.Map(rapid.IntRange(-3, 10), func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) })
		anyLane := rapid.Map(rapid.IntRange(1, 8), func(n int) lane { return lane(n) })
		add := func(l lane, until time.Time) {
			p := partitions[l.partition(len(partitions))]
			seq++
			got.add(p, l, until, seq)
			want.add(p, l, until, seq)
		}
		due := func(t *rapid.T, n, fewer int, departs bool) {
			front, at, ok := got.due(now, n)
			l, seqs, wantAt := want.due(now, n)
			if ok != (seqs != nil) || front.lane != l || !slices.Equal(front.seqs, seqs) || !at.Equal(wantAt) {
				t.Fatalf("due: lane %d with %v, or at %v (%v); want lane %d with %v, or at %v", front.lane, front.seqs, at, ok, l, seqs, wantAt)
			}
			if !ok {
				return
			}
			if fewer < len(seqs) {
				got.shorten(front, fewer)
				front.seqs = front.seqs[:fewer]
				want.lanes[l].out = fewer
			}
			if departs {
				want.lanes[l].departed = got.depart(front)
				got.arrived()
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
				for l := range lane(200) {
					add(1000+l, now)
				}
			},
			"due": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "seconds")) * time.Second)
				due(t, rapid.IntRange(1, 3).Draw(t, "blocks"), rapid.IntRange(1, 3).Draw(t, "fewer"), rapid.Bool().Draw(t, "departs"))
			},
			"due for a crowd": func(t *rapid.T) {
				for range 150 {
					due(t, 3, 3, true)
				}
			},
			"settle": func(t *rapid.T) {
				i := pick(t)
				got.settle(out[i])
				want.settle(out[i].lane, len(out[i].seqs))
				out = slices.Delete(out, i, i+1)
			},
			"restore": func(t *rapid.T) {
				i, until := pick(t), when.Draw(t, "until")
				got.restore(out[i], until)
				pl := want.lanes[out[i].lane]
				pl.until, pl.out, pl.departed = until, 0, false
				out = slices.Delete(out, i, i+1)
			},
			"unload": func(t *rapid.T) {
				p := rapid.SampledFrom(partitions).Draw(t, "partition")
				got.unload(p)
				for l, pl := range want.lanes {
					if pl.partition == p {
						delete(want.lanes, l)
					}
				}
				out = slices.DeleteFunc(out, func(c parkedChunk) bool {
					gone := c.from.partition == p
					if gone {
						got.settle(c) // says nothing any more
						got.restore(c, now)
					}
					return gone
				})
			},
			"": func(t *rapid.T) {
				lanes, blocks := got.size()
				wantBlocks, wantShares := 0, map[*partition]int{}
				for l, pl := range want.lanes {
					wantBlocks += len(pl.seqs)
					wantShares[pl.partition]++
					if got.holds(l) != want.holds(l) {
						t.Fatalf("lane %d holds: %v; want %v", l, got.holds(l), want.holds(l))
					}
				}
				if lanes != len(want.lanes) || blocks != wantBlocks {
					t.Fatalf("%d lanes and %d blocks; want %d and %d", lanes, blocks, len(want.lanes), wantBlocks)
				}
				for _, p := range partitions {
					if got.empty(p) != (wantShares[p] == 0) {
						t.Fatalf("partition %d empty: %v; %d lanes", p.number, got.empty(p), wantShares[p])
					}
				}
				if diff := cmp.Diff(len(out), got.out); diff != "" {
					t.Fatalf("chunks out (-want +got):\n%s", diff)
				}
			},
		})
	})
}

// When a partition is lost with all the chunks that may be out, the lanes of others
// can wake, and whoever waits for a change has to look again.
func TestParking_UnloadLetsOthersWake(t *testing.T) {
	t.Parallel()
	k, lost, kept, now := newParking(), new(partition), new(partition), time.Unix(10, 0)
	for i := range wakeLanes {
		k.add(lost, lane(i+1), time.Unix(1, 0), uint64(i+1)) //nolint:gosec // positive
		if _, _, ok := k.due(now, wakeBlocks); !ok {
			t.Fatalf("lane %d of %d does not wake", i+1, wakeLanes)
		}
	}
	k.add(kept, wakeLanes+1, time.Unix(1, 0), wakeLanes+1)
	<-k.changed
	if _, at, ok := k.due(now, wakeBlocks); ok || !at.IsZero() {
		t.Fatalf("with %d lanes out: wakes another: %v, at %v; want to wait for a change", wakeLanes, ok, at)
	}
	k.unload(lost)
	select {
	case <-k.changed:
	default:
		t.Error("unload does not tell that there was a change")
	}
	if front, _, ok := k.due(now, wakeBlocks); !ok || front.lane != wakeLanes+1 {
		t.Errorf("after unload: wakes %v, lane %d; want lane %d", ok, front.lane, wakeLanes+1)
	}
}

// BenchmarkParking_Due wakes lanes of a million, which takes no longer than of a
// thousand but for the depth of the heap.
func BenchmarkParking_Due(b *testing.B) {
	perLane := map[int]time.Duration{}
	for b.Loop() {
		for _, n := range []int{1_000, 1_000_000} {
			k, p := newParking(), new(partition)
			for i := range n {
				k.add(p, hashLane('d', strconv.Itoa(i)), time.Unix(int64(i%3600), 0), uint64(i)) //nolint:gosec // positive
			}
			lanes, _ := k.size()
			began := time.Now()
			for range lanes {
				front, _, ok := k.due(time.Unix(3600, 0), wakeBlocks)
				if !ok {
					b.Fatal("nothing is due")
				}
				k.settle(front)
			}
			perLane[n] += time.Since(began) / time.Duration(lanes)
		}
	}
	b.ReportMetric(float64(perLane[1_000_000].Nanoseconds())/float64(b.N), "ns/lane")
	b.ReportMetric(float64(perLane[1_000_000])/float64(perLane[1_000]), "ratio:exporter_wake_1m_vs_1k_lanes")
}
