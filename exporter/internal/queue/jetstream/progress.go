package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// progress knows which blocks are done, for certain: an acknowledgement can be
// lost with the process, and its block be handed out again. It also counts what was
// put. Only a queue that no other process shares keeps it.
type progress struct {
	mu sync.Mutex // guards what follows

	done       spans           // of the main stream
	parkedDone map[uint64]bool // of the parked stream, until they are deleted
	value      []byte          // the caller's

	events int64          // put so far, in the blocks up to upTo
	upTo   uint64         // of the main stream
	stored uint64         // upTo at the last Commit
	ahead  map[uint64]int // events of the blocks stored beyond, by sequence

	parkedUpTo uint64 // the last block of the parked stream, as far as known

	crossing crossing
}

// progressKey is the key of the state it is stored under.
const progressKey = "progress"

const keepCountTimeout = 5 * time.Second

type storedProgress struct {
	Value      json.RawMessage `json:"value,omitempty"`
	Done       spans           `json:"done,omitempty"`
	ParkedDone []uint64        `json:"parked_done,omitempty"`
	Events     int64           `json:"events"`
	UpTo       uint64          `json:"up_to"`
	Ahead      map[uint64]int  `json:"ahead,omitempty"`
	ParkedUpTo uint64          `json:"parked_up_to,omitempty"`
}

// loadProgress reads what Commit stored, and counts what was put after that.
func (q *Queue) loadProgress(ctx context.Context) error {
	p := &q.progress
	p.parkedDone, p.ahead = map[uint64]bool{}, map[uint64]int{}
	if q.cfg.shared() {
		return nil
	}
	text, ok, err := q.State(ctx, progressKey)
	if err != nil {
		return err
	}
	var stored storedProgress
	if ok {
		if err := json.Unmarshal(text, &stored); err != nil {
			return fmt.Errorf("read progress: %w: %w", ErrCorrupt, err)
		}
	}
	p.value, p.done, p.events, p.upTo = stored.Value, stored.Done, stored.Events, stored.UpTo
	maps.Copy(p.ahead, stored.Ahead)
	p.stored, p.parkedUpTo = stored.UpTo, stored.ParkedUpTo
	for _, seq := range stored.ParkedDone {
		p.parkedDone[seq] = true
	}
	if err := q.checkLosses(ctx); err != nil {
		return err
	}
	info, err := q.main.Info(ctx)
	if err != nil {
		return classify("ask for queue state", err)
	}
	if first := info.State.FirstSeq; first > 1 {
		p.done = p.done.add(1, first-1)
	}
	return q.countNew(ctx, info.State.LastSeq)
}

// countNew counts the events of blocks stored after the last Commit.
func (q *Queue) countNew(ctx context.Context, last uint64) error {
	p := &q.progress
	for seq := max(p.upTo+1, 1); seq <= last; seq++ {
		if count, known := p.ahead[seq]; known {
			p.events += int64(count)
			delete(p.ahead, seq)
			continue
		}
		msg, err := q.main.GetMsg(ctx, seq)
		if gone(err) {
			continue
		}
		if err != nil {
			return classify("count what is stored", err)
		}
		// A block that cannot be read is reported when its turn comes.
		if count, _, err := openBlock(msg.Data); err == nil {
			p.events += int64(count)
		}
	}
	p.upTo = max(p.upTo, last)
	return nil
}

// countStored notes blocks that were stored, with the numbers of their events. Who
// puts a block and who is handed it out both tell, for either may be first, and a
// block that is done must have been counted before it is gone.
func (q *Queue) countStored(seqs []uint64, sizes ...int) {
	if q.cfg.shared() {
		return
	}
	p := &q.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, seq := range seqs {
		if seq > p.upTo {
			p.ahead[seq] = sizes[i]
		}
	}
	for n, ok := p.ahead[p.upTo+1]; ok; n, ok = p.ahead[p.upTo+1] {
		p.upTo++
		p.events += int64(n)
		delete(p.ahead, p.upTo)
	}
}

// Progress returns how many events were put so far, and what Commit stored last;
// nil: it never did. A queue that others share knows neither.
func (q *Queue) Progress() (put int64, value []byte) {
	p := &q.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	put = p.events
	for _, n := range p.ahead {
		put += int64(n)
	}
	return put, p.value
}

func (p *progress) isDone(seq uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done.has(seq)
}

// Commit stores a value and, in the same step, that chunks are done; then it does
// what Done does. Whatever happens to the process, either the value is stored and
// the chunks do not come again, or neither. It is for one goroutine. The value is
// JSON. A queue that others share does not store it.
func (q *Queue) Commit(ctx context.Context, value []byte, chunks ...uint64) error {
	if !q.cfg.shared() {
		if err := q.storeProgress(ctx, value, chunks); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	return q.doneAll(ctx, chunks)
}

func (q *Queue) storeProgress(ctx context.Context, value []byte, chunks []uint64) error {
	main, parked := q.blocksOf(chunks)
	p := &q.progress
	p.mu.Lock()
	done := slices.Clone(p.done)
	for _, seq := range main {
		done = done.add(seq, seq)
	}
	for _, seq := range parked {
		p.parkedDone[seq] = true
	}
	stored := storedProgress{
		Value: value, Done: done, Events: p.events, UpTo: p.upTo,
		ParkedDone: slices.Sorted(maps.Keys(p.parkedDone)), Ahead: maps.Clone(p.ahead), ParkedUpTo: p.parkedUpTo,
	}
	p.mu.Unlock()
	text, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	if err := q.SetState(ctx, progressKey, text); err != nil {
		return err
	}
	p.mu.Lock()
	p.done, p.value, p.stored = done, value, stored.UpTo
	p.mu.Unlock()
	return nil
}

// keepCount stores how much was put since the last Commit, so that the next process
// misses what is gone by then. Without it only that is not noticed.
func (q *Queue) keepCount() {
	if q.server == nil || q.state == nil {
		return
	}
	select {
	case <-q.server.log.failed:
		return
	default:
	}
	p := &q.progress
	p.mu.Lock()
	behind, value := p.upTo > p.stored, p.value
	p.mu.Unlock()
	if !behind {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.ctx), keepCountTimeout)
	defer cancel()
	if err := q.storeProgress(ctx, value, nil); err != nil {
		q.log.Warn("count of the queue cannot be stored", "err", err)
	}
}

// blocksOf returns the blocks of chunks that are handed out.
func (q *Queue) blocksOf(chunks []uint64) (main, parked []uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, id := range chunks {
		switch h := q.out[id]; {
		case h == nil:
		case h.seq != 0:
			main = append(main, h.seq)
		default:
			parked = append(parked, h.parked.seqs...)
		}
	}
	return main, parked
}

// countParked notes blocks that were stored in the parked stream.
func (p *progress) countParked(seqs []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, seq := range seqs {
		p.parkedUpTo = max(p.parkedUpTo, seq)
	}
}

// parkedIsDone tells whether a parked block is only still there because it was not
// deleted in time.
func (p *progress) parkedIsDone(seq uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.parkedDone[seq]
}

// parkedGone notes that a parked block is deleted.
func (p *progress) parkedGone(seq uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.parkedDone, seq)
}
