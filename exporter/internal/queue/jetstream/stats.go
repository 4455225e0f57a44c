package jetstream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/natsserver"
)

// Position returns the present position, which separates what is stored from what will be.
func (q *Queue) Position(ctx context.Context) (queue.Position, error) {
	main, err := q.main.Info(ctx)
	if err != nil {
		return queue.Position{}, classify("ask for queue state", err)
	}
	delayed, err := q.delayedStream.Info(ctx)
	if err != nil {
		return queue.Position{}, classify("ask for the state of delayed events", err)
	}
	return queue.Position{Main: main.State.LastSeq, Delayed: delayed.State.LastSeq}, nil
}

// Stats reads the state of the streams. It is for status pages and metrics, not for every event.
func (q *Queue) Stats(ctx context.Context) (queue.Stats, error) {
	s := queue.Stats{DelayedLanes: q.delayed.Len(), Corrupt: q.corrupt.Load()}
	main, err := q.main.Info(ctx)
	if err != nil {
		return s, classify("ask for queue state", err)
	}
	s.Blocks, s.Bytes, s.MaxBytes = main.State.Msgs, main.State.Bytes, uint64(main.Config.MaxBytes) // not negative
	if s.Blocks > 0 {
		s.Oldest = main.State.FirstTime
	}
	if q.cfg.URL != "" { // the first messages are placeholders
		s.Blocks -= min(s.Blocks, uint64(q.cfg.Partitions))
		if s.Oldest, err = q.oldest(ctx); err != nil {
			return s, err
		}
	}
	delayed, err := q.delayedStream.Info(ctx)
	if err != nil {
		return s, classify("ask for the state of delayed events", err)
	}
	s.DelayedBlocks, s.DelayedBytes = delayed.State.Msgs, delayed.State.Bytes
	dead, err := q.dead.Info(ctx)
	if err != nil {
		return s, classify("ask for dead letters", err)
	}
	s.DeadLetters = dead.State.Msgs
	s.Damaged = q.server != nil && q.server.IsDamaged()
	return s, nil
}

// oldest returns when the oldest block was stored; zero: there is none.
func (q *Queue) oldest(ctx context.Context) (time.Time, error) {
	msg, err := q.main.GetMsg(ctx, 1, jetstream.WithGetMsgSubject(q.subject("p.*")))
	if isGone(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, classify("read the oldest block", err)
	}
	return msg.Time, nil
}

// Obstacle returns why Store would turn records away because of the disk: ErrDiskFull, or
// an ErrStorage that names its cause; nil: it would not. It is cheap.
func (q *Queue) Obstacle() error { return q.obstacle(natsserver.UsualWrite) }

// obstacle is Obstacle for records of so many bytes.
func (q *Queue) obstacle(size int) error {
	if q.server == nil {
		return nil
	}
	return q.server.Obstacle(size)
}
