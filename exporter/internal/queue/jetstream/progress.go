package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// progress records which blocks are done and how many events were stored. It survives
// damage to the server's files, and acknowledgements that are lost with the process. A
// shared queue only has the delayed blocks that it did not delete yet. Invariants:
//
//   - A block that is done was counted, and stays done unless the stream lost it: after
//     damage the server gives its sequence to another block.
//   - What Commit stores, it stores in one value: the checkpoint of the caller and the
//     blocks that it acknowledges. It is in the bucket and in a file, the newer counts.
//   - The count of events is in a file of its own before Store returns. If it cannot be
//     written, a warning says that a loss may not be noticed.
//   - A delayed block is deleted when it is done and the blocks that its events are of
//     are, too: until then it says which events not to deliver with these.
type progress struct {
	mu sync.Mutex // guards what follows

	record      progressRecord
	note        []byte // see Note
	unsaved     bool   // the file does not have the count
	unaccounted int64  // see queue.Progress
	countLost   bool   // see queue.Progress
	unrecorded  bool   // countLost is not recorded by a Commit yet
	lostLetters int64  // see queue.Progress
	deadLast    uint64 // the last dead letter that was stored

	file, countFile *valueFile // nil: a shared queue

	duplicates duplicates
}

// progressKey is the key of the state it is stored under.
const progressKey = "progress"

// progressRecord is what Commit stores.
type progressRecord struct {
	Version    uint64          `json:"version"` // counts up with each
	Checkpoint json.RawMessage `json:"checkpoint,omitempty"`
	Done       seqSet          `json:"done,omitempty"` // of the main stream
	// DelayedDone are the blocks of the delayed stream that are done and not deleted, with
	// the blocks that their events are of.
	DelayedDone map[uint64]seqRange `json:"delayed_done,omitempty"`
	// DelayedLast is the last block of the delayed stream.
	DelayedLast uint64 `json:"delayed_last,omitempty"`
	// DeadLast is the last dead letter that was stored before.
	DeadLast uint64 `json:"dead_last,omitempty"`
	Count    count  `json:"count"`
}

// count is how many events were stored, and in which blocks of the main stream.
type count struct {
	Events int64  `json:"events"`
	Blocks seqSet `json:"blocks,omitempty"`
}

// storedCount is in the file that is written before Store returns. The streams cannot
// say it themselves: the server drops the end of a file that was cut off, and forgets
// that there was one. With the file what is gone is noticed and counted.
type storedCount struct {
	Count count           `json:"count"`
	Note  json.RawMessage `json:"note,omitempty"`
	// Lost is set if the count of before is lost, until a Commit has recorded that.
	Lost bool `json:"lost,omitempty"`
}

// Commit stores the checkpoint, which is JSON, and acknowledges chunks in the same step. A
// queue that others share stores no checkpoint.
func (q *Queue) Commit(ctx context.Context, checkpoint []byte, chunks ...uint64) error {
	if !q.cfg.shared() {
		q.recordLostLetters()
		if err := q.storeProgress(ctx, checkpoint, chunks...); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
		q.recordLostCount()
	}
	return q.acknowledge(ctx, chunks)
}

// storeProgress stores a checkpoint and that chunks are done.
func (q *Queue) storeProgress(ctx context.Context, checkpoint []byte, chunks ...uint64) error {
	if err := ctx.Err(); err != nil {
		return err // before the file has it
	}
	p := &q.progress
	p.mu.Lock()
	p.record.Version++
	next := p.record
	next.Checkpoint = checkpoint
	next.Done, next.Count.Blocks = slices.Clone(next.Done), slices.Clone(next.Count.Blocks)
	next.DelayedDone = make(map[uint64]seqRange, len(p.record.DelayedDone))
	maps.Copy(next.DelayedDone, p.record.DelayedDone)
	p.mu.Unlock()
	for _, h := range q.receivedChunks(chunks) {
		if h.seq != 0 {
			next.Done = next.Done.add(h.seq, h.seq)
		}
		for i, b := range h.front.Blocks {
			next.DelayedDone[uint64(b)] = h.origins[i]
		}
	}
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	// The file comes first: with either of the two the step is complete.
	if err := p.file.store(text); err != nil {
		return classifyFile("store progress", err)
	}
	if err := q.SetState(ctx, progressKey, text); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.record.Checkpoint, p.record.Done, p.record.DelayedDone = next.Checkpoint, next.Done, next.DelayedDone
	return nil
}

func (p *progress) isDone(seq uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.record.Done.has(seq)
}

// countStored counts blocks that were stored, in their order, and stores the count.
func (q *Queue) countStored(seqs []uint64, blocks []unstored) {
	p := &q.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, seq := range seqs {
		q.count(seq, len(blocks[i].records))
	}
	if !p.unsaved {
		return
	}
	if err := p.saveCount(); err != nil {
		q.log.Warn("count of the queue cannot be stored: a loss may not be noticed", "err", err)
	}
}

// countReceived counts a block that is received. It can be before Store has counted it.
// The count need not be stored for it: Store does so before it returns, and Commit before
// the block is done.
func (q *Queue) countReceived(seq uint64, events int) {
	if q.cfg.shared() {
		return
	}
	q.progress.mu.Lock()
	defer q.progress.mu.Unlock()
	q.count(seq, events)
}

// count counts a block once. q.progress.mu must be held.
func (q *Queue) count(seq uint64, events int) {
	p := &q.progress
	if p.record.Count.Blocks.has(seq) {
		return
	}
	p.record.Count.Blocks = p.record.Count.Blocks.add(seq, seq)
	p.record.Count.Events += int64(events)
	p.unsaved = true
	q.cfg.Counted(events)
}

// countLetters notes dead letters that were stored.
func (p *progress) countLetters(seqs []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, seq := range seqs {
		p.deadLast = max(p.deadLast, seq)
	}
}

// recordLostLetters has the next Commit record which dead letters there are. The one of a
// passive queue does not record those that are gone: its caller keeps no ledger.
func (q *Queue) recordLostLetters() {
	p := &q.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	if !q.cfg.Passive {
		p.record.DeadLast = p.deadLast
	}
}

// recordLostCount notes that a Commit has recorded that the count was lost. The Commit of
// a passive queue has not: its caller keeps no ledger.
func (q *Queue) recordLostCount() {
	p := &q.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.unrecorded || q.cfg.Passive {
		return
	}
	p.unrecorded = false
	if err := p.saveCount(); err != nil {
		q.log.Warn("count of the queue cannot be stored: a loss may be reported twice", "err", err)
	}
}

// saveCount stores the count in its file. p.mu must be held. A file that does not take it
// costs nothing but the proof of a loss.
func (p *progress) saveCount() error {
	text, err := json.Marshal(storedCount{p.record.Count, p.note, p.unrecorded})
	if err != nil {
		return err
	}
	err = p.countFile.store(text)
	p.unsaved = p.unsaved && err != nil
	return err
}

// Progress returns what was stored so far, and what was found to be lost when the queue was
// opened. Among the dead letters that are lost are those that had been deleted before.
func (q *Queue) Progress() queue.Progress {
	p := &q.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	return queue.Progress{
		Stored: p.record.Count.Events, Checkpoint: p.record.Checkpoint, Note: p.note,
		Unaccounted: p.unaccounted, CountLost: p.countLost, LostLetters: p.lostLetters,
	}
}

// Note stores a small JSON value of the caller's that belongs to no block, before it
// returns. A queue that others share does not store it.
func (q *Queue) Note(value []byte) error {
	if q.cfg.shared() {
		return nil
	}
	q.progress.mu.Lock()
	defer q.progress.mu.Unlock()
	q.progress.note = value
	return classifyFile("store note", q.progress.saveCount())
}

// countDelayed notes blocks that were stored in the delayed stream.
func (p *progress) countDelayed(seqs []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, seq := range seqs {
		p.record.DelayedLast = max(p.record.DelayedLast, seq)
	}
}

// isDelayedDone reports whether a delayed block is done and not deleted.
func (p *progress) isDelayedDone(seq uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, done := p.record.DelayedDone[seq]
	return done
}

// finishDelayed notes that blocks of a shared queue's delayed stream are done.
func (p *progress) finishDelayed(blocks []blockSeq) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.record.DelayedDone == nil {
		p.record.DelayedDone = make(map[uint64]seqRange)
	}
	for _, seq := range blocks {
		p.record.DelayedDone[uint64(seq)] = seqRange{}
	}
}

// deletable returns the delayed blocks that are done and whose events' blocks are, too.
func (p *progress) deletable() (blocks []blockSeq) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for seq, origin := range p.record.DelayedDone {
		if !p.isOpen(origin) {
			blocks = append(blocks, blockSeq(seq))
		}
	}
	return blocks
}

// deleted notes that a delayed block is deleted.
func (p *progress) deleted(seq blockSeq) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.record.DelayedDone, uint64(seq))
}
