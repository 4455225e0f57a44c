package jetstream

import (
	"sync"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// parking knows what is parked in the partitions of this process: for each lane
// the sequences of its blocks in the parked stream, oldest first. It is safe for
// concurrent use.
type parking struct {
	mu      sync.Mutex // guards what follows; taken last
	lanes   map[lane]*parkedLane
	out     int  // lanes of which a chunk is being read or handed out
	transit lane // of the parked chunk that Next returned last
	moving  bool // transit is set
	changed chan struct{}
}

type parkedLane struct {
	partition *partition
	until     time.Time
	seqs      []uint64
	out       int // the first so many of seqs are being read, or handed out
	departed  int // the same number once Next has returned them, else 0
}

// parkedChunk is the front of a lane, read.
type parkedChunk struct {
	lane    lane
	from    *parkedLane
	seqs    []uint64
	records []mapping.Record
}

func newParking() parking {
	return parking{lanes: make(map[lane]*parkedLane), changed: make(chan struct{}, 1)}
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
		pl = &parkedLane{partition: p}
		k.lanes[l] = pl
	}
	pl.seqs = append(pl.seqs, seqs...)
	if until.After(pl.until) {
		pl.until = until
	}
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
	return pl != nil && len(pl.seqs) > pl.departed
}

// due takes the front of a lane whose time has come, up to n blocks. Without one
// it returns when to look again; zero: when something changes.
func (k *parking) due(now time.Time, n int) (front parkedChunk, at time.Time, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.out >= wakeLanes {
		return parkedChunk{}, time.Time{}, false
	}
	for l, pl := range k.lanes {
		switch {
		case pl.out > 0 || len(pl.seqs) == 0:
		case !pl.until.After(now):
			pl.out = min(n, len(pl.seqs))
			k.out++
			return parkedChunk{lane: l, from: pl, seqs: pl.seqs[:pl.out:pl.out]}, time.Time{}, true
		case at.IsZero() || pl.until.Before(at):
			at = pl.until
		}
	}
	return parkedChunk{}, at, false
}

// shorten notes that only n blocks of a chunk are handed out.
func (k *parking) shorten(c parkedChunk, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if pl := k.lanes[c.lane]; pl == c.from {
		pl.out = n
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
	pl.seqs, pl.out, pl.departed = pl.seqs[len(c.seqs):], 0, 0
	k.out--
	if len(pl.seqs) == 0 {
		delete(k.lanes, c.lane)
	}
	k.touch()
}

// restore puts the front of a lane that was handed out back, until a time.
func (k *parking) restore(c parkedChunk, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if pl := k.lanes[c.lane]; pl == c.from && pl.out > 0 {
		pl.out, pl.departed, pl.until = 0, 0, until
		k.out--
		k.touch()
	}
}

// empty tells whether nothing is parked in a partition.
func (k *parking) empty(p *partition) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, pl := range k.lanes {
		if pl.partition == p {
			return false
		}
	}
	return true
}

// unload forgets the lanes of a partition.
func (k *parking) unload(number int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for l, pl := range k.lanes {
		if pl.partition.number == number {
			if pl.out > 0 {
				k.out--
			}
			delete(k.lanes, l)
		}
	}
}

// size returns the number of lanes and of blocks.
func (k *parking) size() (lanes, blocks int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, pl := range k.lanes {
		blocks += len(pl.seqs)
	}
	return len(k.lanes), blocks
}
