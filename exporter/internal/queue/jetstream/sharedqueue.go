package jetstream

import (
	"context"
	"maps"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// lastStored is the last block that this process stored in a partition of a shared queue.
type lastStored struct {
	seq uint64
	at  time.Time
}

// noteStored remembers what was stored in a shared queue, for isSettledHere.
func (q *Queue) noteStored(seqs []uint64, blocks []unstored) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, seq := range seqs {
		q.stored[blocks[i].partition] = lastStored{seq: seq, at: q.cfg.Clock.Now()}
	}
}

// isSettledHere reports whether nothing of a shared queue is left to this process: what it
// received is done, and what it stored is done, too, or is in a partition that another
// process owns. A process that does not receive has nothing left.
func (q *Queue) isSettledHere(ctx context.Context) (bool, error) {
	q.mu.Lock()
	received, stored := len(q.out), maps.Clone(q.stored)
	q.mu.Unlock()
	if received > 0 {
		return false, nil
	}
	select {
	case <-q.stopped:
		return true, nil
	default:
	}
	if q.cfg.Passive {
		return true, nil
	}
	for n, last := range stored {
		msg, err := q.main.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(q.partitionSubject(n)))
		switch {
		case isGone(err):
			continue
		case err != nil:
			return false, classify("look for what is not done", err)
		case msg.Sequence > last.seq:
			continue
		}
		if theirs, err := q.partitions[n].isOfAnother(ctx, last.at); !theirs || err != nil {
			return false, err
		}
	}
	return true, nil
}

// isOfAnother reports whether another process owns the partition. One that JetStream has
// just pinned to this process is not owned before its first message is here.
func (p *partition) isOfAnother(ctx context.Context, since time.Time) (bool, error) {
	if p.isOwned() || p.q.cfg.Clock.Now().Sub(since) < p.q.cfg.Lease/10 {
		return false, nil
	}
	info, err := p.consumer.Info(ctx)
	if err != nil {
		return false, classify("look for the owner of a partition", err)
	}
	for _, g := range info.PriorityGroups {
		if g.PinnedClientID != "" {
			return true, nil
		}
	}
	return false, nil
}
