package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/block"
)

// loadProgress reads what the process before stored, compares it with what the streams
// hold, and counts what was stored after that.
func (q *Queue) loadProgress(ctx context.Context) error {
	p := &q.progress
	if q.cfg.shared() {
		return nil
	}
	path := filepath.Join(q.cfg.Dir, q.cfg.Connector)
	var counted, stored []byte
	var err error
	if p.countFile, counted, err = openValueFile(path + ".count"); err != nil {
		return classifyFile("open count", err)
	}
	if p.file, stored, err = openValueFile(path + ".progress"); err != nil {
		return classifyFile("open progress", err)
	}
	found, err := q.newestProgress(ctx, stored)
	if err != nil {
		return err
	}
	known, err := p.takeCount(counted)
	if err != nil {
		return err
	}
	main, err := q.main.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return classify("ask for queue state", err)
	}
	used := main.State.LastSeq > 0
	if found {
		used = p.record.Version > 0 // queues of before had no count
	}
	if p.unrecorded || used && !known {
		q.noteLostCount()
	}
	present := presentIn(&main.State)
	if found {
		err = q.findLosses(ctx, main.State.LastSeq, present)
	} else {
		err = q.beginProgress(ctx, main.State.LastSeq, present, known)
	}
	if err != nil {
		return err
	}
	if err := q.countRest(ctx, main.State.LastSeq, present); err != nil {
		return err
	}
	if err := q.findLostLetters(ctx); err != nil {
		return err
	}
	return q.storeFirstCount()
}

// storeFirstCount stores the count that a process begins with, and brings it to the disk:
// what is missing later was lost.
func (q *Queue) storeFirstCount() error {
	p := &q.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	return classifyFile("store count", errors.Join(p.saveCount(), p.countFile.sync()))
}

// noteLostCount notes that the count was lost. A queue had one if anything was stored in it:
// it is there before the first block is, and before the first record of the progress.
func (q *Queue) noteLostCount() {
	p := &q.progress
	p.countLost, p.unrecorded = true, true
	q.server.MarkDamaged()
	q.log.Error("count of what was stored is lost with damaged files: events may be missing from the queue, it is not known how many")
}

// newestProgress takes the newer of the two records over, that of the bucket and that of
// the file. It makes the bucket anew if that cannot be read. found is false if there is
// no record.
func (q *Queue) newestProgress(ctx context.Context, inFile []byte) (found bool, err error) {
	values, intact, err := q.readBucket(ctx)
	if err != nil {
		return false, err
	}
	kept, inBucket := readProgress(values[stateKey(progressKey)])
	second, ok := readProgress(inFile)
	q.progress.record = kept
	if ok && second.Version >= kept.Version {
		q.progress.record = second
	}
	if intact && (inBucket || !ok) {
		return inBucket || ok, nil
	}
	q.log.Warn("state of the queue is damaged: it is made anew from its copy", "copy", ok)
	return inBucket || ok, q.remakeBucket(ctx, values)
}

func readProgress(text []byte) (p progressRecord, ok bool) {
	if text == nil || json.Unmarshal(text, &p) != nil {
		return progressRecord{}, false
	}
	return p, true
}

// takeCount takes the count of its file over, unless it is older than what is known:
// then the file was damaged. known is false without a file.
func (p *progress) takeCount(text []byte) (known bool, err error) {
	if text == nil {
		return false, nil
	}
	var stored storedCount
	if err := json.Unmarshal(text, &stored); err != nil {
		return false, fmt.Errorf("read count: %w: %w", ErrCorrupt, err)
	}
	p.note, p.unrecorded = stored.Note, stored.Lost
	if stored.Count.Events >= p.record.Count.Events {
		p.record.Count = stored.Count
	}
	return true, nil
}

// beginProgress begins a record of the progress. If the streams are not new there was
// one and it is lost: then it is unknown what became of what is not there.
func (q *Queue) beginProgress(ctx context.Context, last uint64, present seqSet, counted bool) error {
	p := &q.progress
	inQueue, err := q.countEvents(ctx, q.main, present)
	if err != nil {
		return err
	}
	delayed, err := q.delayedStream.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return classify("ask for the state of delayed events", err)
	}
	inDelayed, err := q.countEvents(ctx, q.delayedStream, presentIn(&delayed.State))
	if err != nil {
		return err
	}
	inQueue += inDelayed
	all := seqSet{}.add(1, last)
	if p.unaccounted = p.record.Count.Events - inQueue; !counted {
		p.unaccounted = int64(all.minus(present).size()) // each had one event at least
	}
	p.unaccounted = max(p.unaccounted, 0)
	p.record.Count = count{inQueue + p.unaccounted, all}
	p.record.Done, p.record.DelayedLast = all.minus(present), delayed.State.LastSeq
	if p.unaccounted > 0 {
		q.server.MarkDamaged()
		q.log.Error("record of the progress is lost with damaged files: it is not known what became of events that are not in the queue",
			"events", p.unaccounted, "in_queue", inQueue)
	}
	// The count comes first: a record without one is of a queue that lost it.
	if err := q.storeFirstCount(); err != nil {
		return err
	}
	return q.storeProgress(ctx, nil)
}

// countRest counts the blocks that were stored after the last count.
func (q *Queue) countRest(ctx context.Context, last uint64, present seqSet) error {
	p := &q.progress
	events, err := q.countEvents(ctx, q.main, present.minus(p.record.Count.Blocks))
	if err != nil {
		return err
	}
	all := seqSet{}.add(1, last)
	for _, r := range all.minus(present) {
		p.record.Done = p.record.Done.add(r[0], r[1])
	}
	p.record.Count.Events += events
	p.record.Count.Blocks = all
	return nil
}

// countEvents counts the events of those blocks of a stream that can be read. Another is
// reported when its turn comes.
func (q *Queue) countEvents(ctx context.Context, stream jetstream.Stream, blocks seqSet) (events int64, err error) {
	for _, r := range blocks {
		for seq := r[0]; seq <= r[1]; seq++ {
			msg, err := stream.GetMsg(ctx, seq)
			if isGone(err) {
				continue
			}
			if err != nil {
				return 0, classify("count what is stored", err)
			}
			if n, err := block.Count(msg.Data); err == nil {
				events += int64(n)
			}
		}
	}
	return events, nil
}

// close closes the files of the progress.
func (p *progress) close() error {
	var errs []error
	for _, f := range []*valueFile{p.file, p.countFile} {
		if f != nil {
			errs = append(errs, f.close())
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close files of the progress: %w", err)
	}
	return nil
}
