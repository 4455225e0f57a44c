package jetstream

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// Stats describe a queue at one moment.
type Stats struct {
	Durability Durability
	// Blocks and Bytes are stored and not done, without what is parked. MaxBytes
	// is the bound for Bytes.
	Blocks          uint64
	Bytes, MaxBytes uint64
	// Oldest is when the oldest block was stored; zero: there is none.
	Oldest time.Time
	// ParkedBlocks and ParkedBytes are those of all processes, ParkedLanes those
	// this process knows of.
	ParkedBlocks, ParkedBytes uint64
	ParkedLanes               int
	DeadLetters               uint64
	// Corrupt counts blocks this process could not read.
	Corrupt int64
	// Damaged tells that the embedded server found files that are not what it
	// wrote, since this process started: stored events may be lost.
	Damaged bool
	// Owned is the number of partitions this process works on, of Partitions.
	Owned, Partitions int
}

// Mark returns the present moment: what is stored, and what will be stored later.
func (q *Queue) Mark(ctx context.Context) (queue.Mark, error) {
	main, err := q.main.Info(ctx)
	if err != nil {
		return queue.Mark{}, classify("ask for queue state", err)
	}
	parked, err := q.parked.Info(ctx)
	if err != nil {
		return queue.Mark{}, classify("ask for parked state", err)
	}
	return queue.Mark{Main: main.State.LastSeq, Parked: parked.State.LastSeq}, nil
}

// Stats asks JetStream. It is for status pages and metrics, not for every event.
func (q *Queue) Stats(ctx context.Context) (Stats, error) {
	s := Stats{Durability: q.cfg.Durability, Partitions: q.cfg.Partitions}
	main, err := q.main.Info(ctx)
	if err != nil {
		return s, classify("ask for queue state", err)
	}
	s.Blocks, s.Bytes, s.MaxBytes = main.State.Msgs, main.State.Bytes, uint64(main.Config.MaxBytes) //nolint:gosec // not negative
	if s.Blocks > 0 {
		s.Oldest = main.State.FirstTime
	}
	parked, err := q.parked.Info(ctx)
	if err != nil {
		return s, classify("ask for parked state", err)
	}
	s.ParkedBlocks, s.ParkedBytes = parked.State.Msgs, parked.State.Bytes
	s.ParkedLanes, _ = q.parking.size()
	dead, err := q.dead.Info(ctx)
	if err != nil {
		return s, classify("ask for dead letters", err)
	}
	s.DeadLetters = dead.State.Msgs
	s.Damaged = q.server != nil && q.server.log.damaged.Load()
	s.Corrupt = q.corrupt.Load()
	for _, p := range q.shares {
		if p.isOwned() {
			s.Owned++
		}
	}
	return s, nil
}

// Failed is closed when the embedded server could not write. Puts return
// ErrStorage from then on, until there is room and the queue is opened anew; what
// is stored is still handed out. It is nil for an external cluster.
func (q *Queue) Failed() <-chan struct{} {
	if q.server == nil {
		return nil
	}
	return q.server.log.failed
}
