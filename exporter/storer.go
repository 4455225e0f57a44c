package exporter

import (
	"context"
	"sync"

	"github.com/ammeter/ammeter/exporter/internal/source"
	"github.com/ammeter/ammeter/exporter/ledger"
)

// joinedChunk bounds what is stored together of several sources: one block, which has room
// in the smallest queue.
var joinedChunk = chunkSize{1000, 512 << 10}

// storer stores the batches of sources that are read one after another, in their order and
// one at a time. While one is on its way to the disk, small ones that follow wait, and are
// then stored together: a source may be no more than a few events, and a sync of the disk
// takes as long for them as for a thousand.
type storer struct {
	x   *Exporter
	ctx context.Context

	mu      sync.Mutex
	changed *sync.Cond // when something was stored
	waiting []unstored
	size    chunkSize // of all that is not stored
	busy    bool
}

// unstored is a batch that is not stored yet.
type unstored struct {
	batch *batch
	size  chunkSize
	input *source.Input
	done  func(error)
}

func (x *Exporter) newStorer(ctx context.Context) *storer {
	s := &storer{x: x, ctx: ctx}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// add hands a batch of an input over, and waits as long as more than a chunk would not be
// stored. The input remembers how far it was read when that is safe. done is called once,
// with what prevented that.
func (s *storer) add(in *batch, input *source.Input, done func(error)) {
	in.onSafe = input.Mark()
	b := unstored{in, chunkSize{max(1, len(in.records)), in.bytes}, input, done}
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy && !s.size.plus(b.size).fits(s.x.chunkSize) {
		s.changed.Wait()
	}
	s.waiting = append(s.waiting, b)
	s.size = s.size.plus(b.size)
	if !s.busy {
		s.busy = true
		go s.run()
	}
}

// wait waits until nothing is left to store.
func (s *storer) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.busy {
		s.changed.Wait()
	}
}

func (s *storer) run() {
	for {
		group := s.next()
		if len(group) == 0 {
			return
		}
		err := s.x.storeBlocking(s.ctx, joined(group))
		for _, b := range group {
			if err != nil {
				b.input.Unmark()
			}
			b.done(err)
		}
		s.stored(group)
	}
}

// next takes the batches that are stored next.
func (s *storer) next() (group []unstored) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var size chunkSize
	for len(s.waiting) > 0 {
		size = size.plus(s.waiting[0].size)
		if len(group) > 0 && !size.fits(joinedChunk) {
			break
		}
		group = append(group, s.waiting[0])
		s.waiting = s.waiting[1:]
	}
	if s.busy = len(group) > 0; !s.busy {
		s.waiting = nil
		s.changed.Broadcast()
	}
	return group
}

func (s *storer) stored(group []unstored) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range group {
		s.size.events -= b.size.events
		s.size.bytes -= b.size.bytes
	}
	s.changed.Broadcast()
}

// joined returns one batch with all that is in several.
func joined(group []unstored) *batch {
	if len(group) == 1 {
		return group[0].batch
	}
	all := &batch{name: group[0].batch.name, counts: ledger.New()}
	var safe []func()
	for _, b := range group {
		all.records = append(all.records, b.batch.records...)
		all.bytes += b.batch.bytes
		all.counts.Add(b.batch.counts)
		if b.batch.onSafe != nil {
			safe = append(safe, b.batch.onSafe)
		}
	}
	all.onSafe = func() {
		for _, onSafe := range safe {
			onSafe()
		}
	}
	return all
}

func (c chunkSize) plus(d chunkSize) chunkSize {
	return chunkSize{c.events + d.events, c.bytes + d.bytes}
}

func (c chunkSize) fits(bound chunkSize) bool {
	return c.events <= bound.events && c.bytes <= bound.bytes
}
