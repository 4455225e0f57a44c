package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

var errModel = errors.New("the model of the queue fails")

// modelDisk is what a slow and obvious queue has stored. It survives a crash, and several
// processes can share it. What fails is drawn at each call.
type modelDisk struct {
	t      *trial
	shared bool
	now    func() time.Time
	faults bool

	blocks      []*modelBlock
	delayed     []*modelDelayed
	until       map[string]time.Time // by lane
	stored      int64                // events
	checkpoint  []byte
	commits     int    // that were stored
	unsure      func() // a commit that failed and is found to be stored after a crash
	letters     map[string]bool
	state       map[string][]byte
	refuseState bool // SetState fails

	partitions [2]modelPartition
	onCopy     func(id string) // of an event that is received once more
}

// modelQueue is the queue of one process.
type modelQueue struct {
	*modelDisk

	counted func(int)
	asked   func() // for the position
	lastID  uint64
	out     map[uint64]*modelOut
	transit string      // lane of the delayed chunk on its way
	unheard *modelDelay // a Delay that failed and is found to be stored after a crash, or nil
	stopped bool
}

type modelBlock struct {
	partition int
	records   []mapping.Record
	moved     map[string]bool // delayed out of the block
	done, out bool
}

type modelDelayed struct {
	lane      string
	records   []mapping.Record
	done, out bool
}

type modelOut struct {
	block   *modelBlock
	delayed []*modelDelayed
}

var _ queue.Queue = (*modelQueue)(nil)

func newModelDisk(t *trial, shared bool, now func() time.Time) *modelDisk {
	return &modelDisk{
		t: t, shared: shared, now: now, faults: true, letters: map[string]bool{}, state: map[string][]byte{},
		until: map[string]time.Time{},
	}
}

// fails draws whether a call fails.
func (q *modelDisk) fails(what string) bool {
	if !q.faults || q.t.draw(8) < 7 {
		return false
	}
	q.t.step(what + " fails")
	return true
}

func partitionOf(r *mapping.Record) int { return int(r.DeviceID[len(r.DeviceID)-1]) % 2 }

// Store stores a block for each partition, or those of one partition and fails.
func (q *modelQueue) Store(_ context.Context, b *queue.Batch) error {
	done, _ := b.Attempt.(int)
	for ; done < 2; done++ {
		if q.fails("store") {
			b.Attempt = done
			return errModel
		}
		block := &modelBlock{partition: done, moved: map[string]bool{}}
		for i := range b.Records {
			if partitionOf(&b.Records[i]) == done {
				block.records = append(block.records, b.Records[i])
			}
		}
		if n := len(block.records); n > 0 {
			q.blocks = append(q.blocks, block)
			q.stored += int64(n)
			if !q.shared {
				q.counted(n)
			}
		}
	}
	return nil
}

// Receive returns delayed events that are due, or the oldest block. It does not wait:
// the error is errModel if there is nothing.
func (q *modelQueue) Receive(context.Context) (queue.Chunk, error) {
	q.transit = ""
	for i, d := range q.delayed {
		if q.isDue(d) {
			return q.redeliver(i), nil
		}
	}
	for i, b := range q.blocks {
		if !q.isReady(b) {
			continue
		}
		b.out = true
		c := queue.Chunk{ID: q.nextID(&modelOut{block: b}), Seq: uint64(i + 1), Uncounted: q.shared}
		for _, r := range b.records {
			if !b.moved[r.InsertID] {
				c.Records = append(c.Records, r)
			}
		}
		return c, nil
	}
	return queue.Chunk{}, errModel
}

func (q *modelQueue) isReady(b *modelBlock) bool { return !b.done && !b.out && q.owns(b.partition) }

// hasReady reports whether something can be received now.
func (q *modelQueue) hasReady() bool {
	return slices.ContainsFunc(q.delayed, q.isDue) || slices.ContainsFunc(q.blocks, q.isReady)
}

func (q *modelQueue) nextID(o *modelOut) uint64 {
	q.lastID++
	q.out[q.lastID] = o
	return q.lastID
}

func (q *modelQueue) AddDeadLetters(_ context.Context, letters []queue.DeadLetter) (int, error) {
	for i := range letters {
		if q.fails("dead letter") {
			return i, errModel
		}
		q.letters[letters[i].Record.InsertID] = true
	}
	return len(letters), nil
}

// Commit may fail after it has stored everything: that is found out after a crash.
func (q *modelQueue) Commit(_ context.Context, checkpoint []byte, chunks ...uint64) error {
	var outs []*modelOut
	for _, id := range chunks {
		if o := q.out[id]; o != nil {
			outs = append(outs, o)
		}
	}
	store := func() {
		q.checkpoint = checkpoint
		q.commits++
		for _, o := range outs {
			if o.block != nil {
				o.block.done = true
			}
			for _, d := range o.delayed {
				d.done = true
			}
		}
	}
	if q.fails("commit") {
		if !q.shared && q.t.drawBool() {
			q.unsure = store
		}
		return errModel
	}
	q.unsure = nil
	store()
	for _, id := range chunks {
		if o := q.out[id]; o != nil {
			for _, d := range o.delayed {
				d.out = false
			}
			delete(q.out, id)
		}
	}
	return nil
}

func (q *modelQueue) Position(context.Context) (queue.Position, error) {
	if q.fails("position") {
		return queue.Position{}, errModel
	}
	q.asked()
	return queue.Position{Main: uint64(len(q.blocks)), Delayed: uint64(len(q.delayed))}, nil
}

func (q *modelQueue) IsSettled(context.Context) (bool, error) { return q.isEmpty(), nil }
func (q *modelQueue) IsSpent(context.Context) (bool, error)   { return q.isEmpty() && !q.shared, nil }

func (q *modelDisk) isEmpty() bool {
	return !slices.ContainsFunc(q.blocks, func(b *modelBlock) bool { return !b.done }) &&
		!slices.ContainsFunc(q.delayed, func(d *modelDelayed) bool { return !d.done })
}

func (q *modelQueue) Progress() queue.Progress {
	if q.shared {
		return queue.Progress{}
	}
	return queue.Progress{Stored: q.stored, Checkpoint: q.checkpoint}
}

func (q *modelQueue) State(_ context.Context, key string) ([]byte, bool, error) {
	value, ok := q.state[key]
	return value, ok, nil
}

func (q *modelQueue) SetState(_ context.Context, key string, value []byte) error {
	if q.refuseState || q.fails("set state") {
		return errModel
	}
	q.state[key] = value
	return nil
}

func (q *modelQueue) UpdateState(ctx context.Context, key string, change func([]byte) ([]byte, error)) error {
	value, err := change(q.state[key])
	if err != nil || value == nil {
		return err
	}
	return q.SetState(ctx, key, value)
}

func (q *modelQueue) DeleteState(_ context.Context, key string) error {
	delete(q.state, key)
	return nil
}

func (q *modelQueue) StopReceiving()                             { q.stopped = true }
func (q *modelQueue) Revoked() <-chan queue.Revocation           { return nil }
func (q *modelQueue) Obstacle() error                            { return nil }
func (q *modelQueue) Note([]byte) error                          { return nil }
func (q *modelQueue) ID() string                                 { return "model" }
func (q *modelQueue) Stats(context.Context) (queue.Stats, error) { return queue.Stats{}, nil }
func (q *modelQueue) Close() error                               { return nil }
