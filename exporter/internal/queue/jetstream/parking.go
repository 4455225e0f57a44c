package jetstream

import (
	"container/heap"
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// parking knows what is parked in the partitions of this process: for each lane
// the sequences of its blocks in the parked stream, oldest first. There can be
// millions of lanes, so nothing that is done often looks at all of them. It is safe
// for concurrent use.
type parking struct {
	mu      sync.Mutex // guards what follows; taken last
	lanes   map[lane]*parkedLane
	asleep  sleepers           // the lanes of which nothing is out
	shares  map[*partition]int // lanes of each partition
	blocks  int
	out     int  // lanes of which a chunk is being read or handed out
	transit lane // of the parked chunk that Next returned last
	moving  bool // transit is set
	changed chan struct{}
}

type parkedLane struct {
	lane      lane
	partition *partition
	until     moment
	seqs      []uint64
	out       int32 // the first so many of seqs are being read, or handed out
	departed  int32 // the same number once Next has returned them, else 0
	place     int32 // in parking.asleep, while out is 0
}

// parkedChunk is the front of a lane, read.
type parkedChunk struct {
	lane    lane
	from    *parkedLane
	seqs    []uint64
	records []mapping.Record
}

func newParking() parking {
	return parking{
		lanes: make(map[lane]*parkedLane), shares: make(map[*partition]int), changed: make(chan struct{}, 1),
	}
}

// touch lets the goroutine that wakes lanes look again.
func (k *parking) touch() {
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

// add puts stored blocks behind those of their lane. A zero time leaves the
// lane's as it is.
func (k *parking) add(p *partition, l lane, until time.Time, seqs ...uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	pl := k.lanes[l]
	if pl == nil {
		pl = &parkedLane{lane: l, partition: p, until: momentOf(until), seqs: seqs}
		k.lanes[l] = pl
		k.shares[p]++
		heap.Push(&k.asleep, pl)
	} else {
		pl.seqs = append(pl.seqs, seqs...)
		pl.until = max(pl.until, momentOf(until))
		if pl.out == 0 {
			heap.Fix(&k.asleep, int(pl.place))
		}
	}
	k.blocks += len(seqs)
	k.touch()
}

// holds tells whether newer events of a lane must be parked behind others.
func (k *parking) holds(l lane) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.moving && k.transit == l {
		return true
	}
	pl := k.lanes[l]
	return pl != nil && len(pl.seqs) > int(pl.departed)
}

// due takes the front of the lane whose time came first, up to n blocks. Without
// one it returns when to look again; zero: when something changes.
func (k *parking) due(now time.Time, n int) (front parkedChunk, at time.Time, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.out >= wakeLanes || len(k.asleep) == 0 {
		return parkedChunk{}, time.Time{}, false
	}
	pl := k.asleep[0]
	if pl.until > momentOf(now) {
		return parkedChunk{}, pl.until.time(), false
	}
	heap.Pop(&k.asleep)
	pl.out = int32(min(n, len(pl.seqs))) //nolint:gosec // n is small
	k.out++
	return parkedChunk{lane: pl.lane, from: pl, seqs: pl.seqs[:pl.out:pl.out]}, time.Time{}, true
}

// shorten notes that only n blocks of a chunk are handed out.
func (k *parking) shorten(c parkedChunk, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if pl := k.lanes[c.lane]; pl == c.from {
		pl.out = int32(n) //nolint:gosec // fewer than due took
	}
}

// depart notes that Next returns a parked chunk. It reports false when its lane
// was taken back.
func (k *parking) depart(c parkedChunk) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lanes[c.lane] != c.from {
		return false
	}
	c.from.departed = c.from.out
	k.transit, k.moving = c.lane, true
	return true
}

// arrived notes that the chunk Next returned last was taken over.
func (k *parking) arrived() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.moving = false
}

// settle takes away the front of a lane that was handed out.
func (k *parking) settle(c parkedChunk) {
	k.mu.Lock()
	defer k.mu.Unlock()
	pl := k.lanes[c.lane]
	if pl != c.from {
		return
	}
	pl.seqs = pl.seqs[len(c.seqs):]
	k.blocks -= len(c.seqs)
	if len(pl.seqs) > 0 {
		k.lieDown(pl)
	} else {
		k.out--
		k.drop(pl)
	}
	k.touch()
}

// restore puts the front of a lane that was handed out back, until a time.
func (k *parking) restore(c parkedChunk, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if pl := k.lanes[c.lane]; pl == c.from && pl.out > 0 {
		pl.until = momentOf(until)
		k.lieDown(pl)
		k.touch()
	}
}

// lieDown lets a lane sleep of which a chunk was out.
func (k *parking) lieDown(pl *parkedLane) {
	pl.out, pl.departed = 0, 0
	k.out--
	heap.Push(&k.asleep, pl)
}

// drop forgets a lane that is not asleep.
func (k *parking) drop(pl *parkedLane) {
	delete(k.lanes, pl.lane)
	if k.shares[pl.partition]--; k.shares[pl.partition] == 0 {
		delete(k.shares, pl.partition)
	}
}

// empty tells whether nothing is parked in a partition.
func (k *parking) empty(p *partition) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shares[p] == 0
}

// unload forgets the lanes of a partition, and looks at all lanes for it.
func (k *parking) unload(p *partition) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.shares[p] == 0 {
		return
	}
	for _, pl := range k.lanes {
		if pl.partition != p {
			continue
		}
		k.blocks -= len(pl.seqs)
		if pl.out > 0 {
			k.out--
		} else {
			heap.Remove(&k.asleep, int(pl.place))
		}
		k.drop(pl)
	}
	k.touch() // fewer lanes may be out now
}

// size returns the number of lanes and of blocks.
func (k *parking) size() (lanes, blocks int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.lanes), k.blocks
}
