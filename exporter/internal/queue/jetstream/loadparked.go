package jetstream

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// loadBatch is how many headers are read at a time.
const loadBatch = 1000

// loadParked finds out what is parked in a partition that was gained.
func (q *Queue) loadParked(ctx context.Context, p *partition) error {
	q.parking.unload(p)
	if err := q.loadSubject(ctx, q.subject(fmt.Sprintf("parked.%02d", p.number))); err != nil {
		return err
	}
	if q.parking.empty(p) {
		return nil
	}
	return q.addKeeper(ctx, p)
}

// loadAllParked does so for all partitions.
func (q *Queue) loadAllParked(ctx context.Context) error {
	return q.loadSubject(ctx, q.subject("parked.*"))
}

// loadSubject reads the headers of the parked blocks of a subject.
func (q *Queue) loadSubject(ctx context.Context, subject string) error {
	info, err := q.parked.Info(ctx)
	if err != nil {
		return classify("look for parked events", err)
	}
	if info.State.Msgs == 0 {
		return nil
	}
	consumer, err := q.parked.CreateConsumer(ctx, jetstream.ConsumerConfig{
		FilterSubject:     subject,
		AckPolicy:         jetstream.AckNonePolicy,
		HeadersOnly:       true,
		MemoryStorage:     true,
		Replicas:          1,
		InactiveThreshold: time.Minute,
	})
	if err != nil {
		return classify("look for parked events", err)
	}
	created := consumer.CachedInfo()
	defer func() { _ = q.parked.DeleteConsumer(ctx, created.Name) }() // else it goes by itself
	for left := int(created.NumPending); left > 0; {                  //nolint:gosec // a number of messages
		n, err := q.loadHeaders(ctx, consumer, min(left, loadBatch))
		if err != nil {
			return err
		}
		left -= n
	}
	return nil
}

func (q *Queue) loadHeaders(ctx context.Context, consumer jetstream.Consumer, want int) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	batch, err := consumer.Fetch(want, jetstream.FetchContext(ctx))
	if err != nil {
		return 0, classify("read parked events", err)
	}
	for msg := range batch.Messages() {
		n++
		meta, err := msg.Metadata()
		if err != nil {
			return n, fmt.Errorf("read parked events: %w", err)
		}
		q.loadHeader(msg, meta.Sequence.Stream)
	}
	if n < want {
		return n, classify("read parked events", fmt.Errorf("%w: %d of %d headers came", ErrUnavailable, n, want))
	}
	return n, nil
}

// loadHeader notes one parked block. A header that is not ours is left alone.
func (q *Queue) loadHeader(msg jetstream.Msg, seq uint64) {
	if q.progress.parkedIsDone(seq) {
		if err := q.parked.DeleteMsg(q.ctx, seq); err == nil || gone(err) {
			q.progress.parkedGone(seq)
		}
		return
	}
	l, err1 := strconv.ParseUint(msg.Headers().Get(laneHeader), 16, 64)
	until, err2 := strconv.ParseInt(msg.Headers().Get(untilHeader), 10, 64)
	if err1 != nil || err2 != nil {
		q.log.Error("parked block without lane is left alone", "sequence", seq)
		return
	}
	q.parking.add(q.shareOf(lane(l)), lane(l), time.UnixMilli(until), seq)
	q.progress.sawParked(seq, msg.Headers().Get(fromHeader))
}
