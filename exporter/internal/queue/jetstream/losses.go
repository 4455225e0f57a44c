package jetstream

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// presentIn returns the blocks that a stream says it holds.
func presentIn(s *jetstream.StreamState) seqSet {
	var deleted seqSet
	for _, seq := range s.Deleted {
		deleted = deleted.add(seq, seq)
	}
	return seqSet{}.add(max(s.FirstSeq, 1), s.LastSeq).minus(deleted)
}

// findLosses compares what the streams hold with what is known to have been stored in
// them. The server drops the end of a file that was cut off and does not always say so;
// and it gives the sequences of what is gone to new blocks, which must not be taken for
// those that are done. The events that are gone are still counted as stored.
func (q *Queue) findLosses(ctx context.Context, last uint64, present seqSet) error {
	delayed, err := q.delayedStream.Info(ctx)
	if err != nil {
		return classify("ask for the state of delayed events", err)
	}
	p := &q.progress
	lost := p.record.Count.Blocks.minus(p.record.Done).minus(present).size()
	cut := p.record.Count.Blocks.last() > last || p.record.DelayedLast > delayed.State.LastSeq
	if lost == 0 && !cut {
		return nil
	}
	q.server.MarkDamaged()
	if lost > 0 {
		q.log.Error("blocks of events are missing from the queue", "blocks", lost)
	}
	p.record.Count.Blocks, p.record.Done = p.record.Count.Blocks.upTo(last), p.record.Done.upTo(last)
	for _, r := range p.record.Count.Blocks.minus(present) {
		p.record.Done = p.record.Done.add(r[0], r[1])
	}
	p.record.DelayedLast = min(p.record.DelayedLast, delayed.State.LastSeq)
	for seq := range p.record.DelayedDone {
		if seq > delayed.State.LastSeq {
			delete(p.record.DelayedDone, seq)
		}
	}
	// At once: the next process must not go by the sequences of before, nor report the
	// same losses.
	return q.storeProgress(ctx, p.record.Checkpoint)
}

// findLostLetters compares the dead letters with those that are known to have been stored.
// Their stream keeps its last sequence when letters are deleted, and loses it when its file
// is cut off after a kill. After a stop in order the server has the sequence beside the file,
// and letters that are gone look like deleted ones.
func (q *Queue) findLostLetters(ctx context.Context) error {
	dead, err := q.dead.Info(ctx)
	if err != nil {
		return classify("ask for dead letters", err)
	}
	p := &q.progress
	p.deadLast = dead.State.LastSeq
	if p.record.DeadLast <= p.deadLast {
		return nil
	}
	p.lostLetters = int64(p.record.DeadLast - p.deadLast) // far below
	q.server.MarkDamaged()
	q.log.Error("dead letters are missing from the queue", "at_most", p.lostLetters)
	return nil
}

// IsSettled reports whether the queue holds nothing that is to be received or is not
// done, by what is stored and by the last Commit. Of a queue that others share it is about
// what is left to this process.
func (q *Queue) IsSettled(ctx context.Context) (bool, error) {
	if q.cfg.shared() {
		return q.isSettledHere(ctx)
	}
	empty, _, _, err := q.readUndone(ctx)
	return empty, err
}

// IsSpent reports whether nothing of what is stored will be received any more. The server
// passes over a message whose bytes have changed and says nothing; such blocks are counted
// as corrupt here, and put away. Of a queue that others share it is not known.
func (q *Queue) IsSpent(ctx context.Context) (bool, error) {
	if q.cfg.shared() {
		return false, nil
	}
	empty, unreadable, last, err := q.readUndone(ctx)
	if !empty || err != nil {
		return false, err
	}
	if n := unreadable.size(); n > 0 {
		q.server.MarkDamaged()
		q.log.Error("stored blocks cannot be read", "blocks", n)
		q.corrupt.Add(int64(n)) // far below
		q.progress.markLost(unreadable)
	}
	// Whatever is left of them is not wanted: a message of theirs cannot be deleted.
	err = q.main.Purge(ctx, jetstream.WithPurgeSequence(last+1))
	return err == nil, classify("purge lost blocks", err)
}

// readUndone looks for a block that is not done. Without one that can be read the queue is
// empty, and unreadable are sequences that hold nothing: they were lost with damaged
// files, which the ledger misses. last is the last block of the stream.
func (q *Queue) readUndone(ctx context.Context) (empty bool, unreadable seqSet, last uint64, err error) {
	if q.delayed.Len() > 0 {
		return false, nil, 0, nil
	}
	main, err := q.main.Info(ctx)
	if err != nil {
		return false, nil, 0, classify("ask for queue state", err)
	}
	q.progress.mu.Lock()
	undone := seqSet{}.add(max(main.State.FirstSeq, 1), main.State.LastSeq).minus(q.progress.record.Done)
	q.progress.mu.Unlock()
	for _, r := range undone {
		for seq := r[0]; seq <= r[1]; seq++ {
			switch _, err := q.main.GetMsg(ctx, seq); {
			case err == nil:
				return false, nil, 0, nil
			case !isGone(err):
				return false, nil, 0, classify("look for what is not done", err)
			}
		}
	}
	return true, undone, main.State.LastSeq, nil
}

// markLost marks blocks as done that cannot be read.
func (p *progress) markLost(blocks seqSet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range blocks {
		p.record.Done = p.record.Done.add(r[0], r[1])
	}
}

// lastBlock is the last block of the main stream that is known to be stored.
func (p *progress) lastBlock() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.record.Count.Blocks.last()
}
