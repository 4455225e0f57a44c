package jetstream

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// checkLosses compares what the streams hold with what is known to have been stored
// in them. The server drops the end of a file that was cut off and does not always
// say so; and it gives the sequences of what is gone to new blocks, which must not
// be taken for those that are done.
func (q *Queue) checkLosses(ctx context.Context) error {
	main, err := q.main.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return classify("ask for queue state", err)
	}
	parked, err := q.parked.Info(ctx)
	if err != nil {
		return classify("ask for parked state", err)
	}
	p := &q.progress
	lost := p.missing(&main.State)
	cut := p.cutOff(main.State.LastSeq, parked.State.LastSeq)
	if lost > 0 || cut {
		q.server.log.damage()
	}
	if lost > 0 {
		q.log.Error("blocks of events are missing from the queue", "blocks", lost)
	}
	if lost == 0 && !cut {
		return nil
	}
	// At once: the next process must not go by the sequences of before, nor tell of
	// the same losses.
	return q.storeProgress(ctx, p.value, nil)
}

// IsSpent tells whether nothing of what is stored will be handed out any more. The
// server passes over a message whose bytes have changed and says nothing; such blocks
// are counted as corrupt here, and put away. Ask it when events are missing: it looks
// at every block that is not done. It is for a queue that no other process shares.
func (q *Queue) IsSpent(ctx context.Context) (bool, error) {
	if lanes, _ := q.parking.size(); lanes > 0 {
		return false, nil
	}
	main, err := q.main.Info(ctx)
	if err != nil {
		return false, classify("ask for queue state", err)
	}
	var unreadable []uint64
	for seq := max(main.State.FirstSeq, 1); seq <= main.State.LastSeq; seq++ {
		if q.progress.isDone(seq) {
			continue
		}
		if _, err := q.main.GetMsg(ctx, seq); err == nil {
			return false, nil
		} else if !gone(err) {
			return false, classify("look for lost events", err)
		}
		unreadable = append(unreadable, seq)
	}
	if len(unreadable) > 0 {
		q.server.log.damage()
		q.log.Error("stored blocks cannot be read", "blocks", len(unreadable))
		q.corrupt.Add(int64(len(unreadable)))
		q.progress.giveUp(unreadable)
	}
	// Whatever is left of them is not wanted: a message of theirs cannot be deleted.
	err = q.main.Purge(ctx, jetstream.WithPurgeSequence(main.State.LastSeq+1))
	return err == nil, classify("put lost blocks away", err)
}

// giveUp takes blocks for done that cannot be read.
func (p *progress) giveUp(seqs []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, seq := range seqs {
		p.done = p.done.add(seq, seq)
	}
}

// missing counts the blocks of the main stream that were stored, are not done and
// are not there, and takes them for done.
func (p *progress) missing(s *jetstream.StreamState) (blocks uint64) {
	if s.FirstSeq > 1 {
		front := min(s.FirstSeq-1, p.upTo)
		blocks += front - p.done.count(1, front)
	}
	var holes []uint64
	for _, seq := range s.Deleted {
		// An empty stream names 0.
		if seq > 0 && seq <= p.upTo && !p.done.has(seq) {
			holes = append(holes, seq)
		}
	}
	p.giveUp(holes)
	blocks += uint64(len(holes))
	if s.LastSeq < p.upTo && s.LastSeq+1 >= s.FirstSeq {
		blocks += p.upTo - s.LastSeq - p.done.count(s.LastSeq+1, p.upTo)
	}
	for seq := range p.ahead {
		if seq > s.LastSeq && !p.done.has(seq) {
			blocks++
		}
	}
	return blocks
}

// cutOff forgets what is known of sequences beyond the ends of the streams, and
// tells whether there was any. The events are still counted as put.
func (p *progress) cutOff(lastMain, lastParked uint64) (cut bool) {
	for seq, n := range p.ahead {
		if seq > lastMain {
			cut = true
			p.events += int64(n)
			delete(p.ahead, seq)
		}
	}
	if p.upTo > lastMain {
		cut = true
		p.upTo, p.done = lastMain, p.done.upTo(lastMain)
	}
	for seq := range p.parkedDone {
		if seq > lastParked {
			cut = true
			delete(p.parkedDone, seq)
		}
	}
	if p.parkedUpTo > lastParked {
		cut = true
		p.parkedUpTo = lastParked
	}
	return cut
}
