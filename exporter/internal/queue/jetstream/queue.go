package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/internal/queue/delay"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream/natsserver"
)

var _ queue.Queue = (*Queue)(nil)

// Queue is a durable queue. It is safe for concurrent use, but Receive is for one
// goroutine, and AddDeadLetters and Commit for another.
type Queue struct {
	cfg Config
	log *slog.Logger

	server *natsserver.Server // nil: external
	nc     *nats.Conn
	js     jetstream.JetStream

	main, delayedStream, dead jetstream.Stream
	bucket                    jetstream.KeyValue
	made                      time.Time // when main was

	requests chan request
	storing  sync.RWMutex // held for writing while nothing else may be stored
	waiting  atomic.Int64 // bytes of the requests under way
	recent   recent

	delayed  *delayIndex
	delayMu  sync.Mutex     // held by Delay, guards unsure
	unsure   []delayedBlock // of the last Delay, if it failed: they may be stored
	progress progress

	partitions  []*partition // by number
	fetched     chan fetched
	revocations chan queue.Revocation
	stopped     chan struct{} // closed by stop
	stop        func()
	corrupt     atomic.Int64 // blocks that could not be read

	mu     sync.Mutex // guards what follows
	lastID uint64
	out    map[uint64]*received // chunks that are not acknowledged
	stored map[int]lastStored   // by partition, of a shared queue

	work   sync.WaitGroup
	ctx    context.Context // ends what runs from Open to Close
	cancel context.CancelFunc
	close  func() error
}

// Open opens the queue that cfg describes, or makes it. ctx bounds the opening.
func Open(ctx context.Context, cfg Config) (*Queue, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("configure queue: %w", err)
	}
	q := &Queue{
		cfg:         cfg,
		log:         cfg.Logger,
		requests:    make(chan request),
		fetched:     make(chan fetched),
		revocations: make(chan queue.Revocation),
		stopped:     make(chan struct{}),
		out:         make(map[uint64]*received),
		stored:      make(map[int]lastStored),
		delayed:     delay.New[lane, blockSeq](),
	}
	q.close = sync.OnceValue(q.shutdown)
	q.stop = sync.OnceFunc(func() { close(q.stopped) })
	q.ctx, q.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := q.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open queue: %w", err), q.Close())
	}
	return q, nil
}

func (q *Queue) open(ctx context.Context) error {
	if err := q.connect(); err != nil {
		return err
	}
	if err := q.retry(ctx, q.ensureStreams); err != nil {
		return err
	}
	if err := q.loadProgress(ctx); err != nil {
		return err
	}
	for range writers {
		q.work.Go(q.writeLoop)
	}
	if q.cfg.Passive {
		return nil
	}
	for n := range q.cfg.Partitions {
		err := q.retry(ctx, func(ctx context.Context) error {
			p, err := q.newPartition(ctx, n)
			if err == nil {
				q.partitions = append(q.partitions, p)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if !q.cfg.shared() {
		if err := q.loadDelayed(ctx, "*"); err != nil {
			return err
		}
		q.progress.duplicates.last = q.progress.lastBlock()
	}
	for _, p := range q.partitions {
		q.work.Go(p.run)
	}
	if q.cfg.shared() {
		q.log.Info("queue is in NATS", "servers", q.servers(), "replicas", q.cfg.Replicas,
			"partitions", q.cfg.Partitions, "lease", q.cfg.Lease)
		q.work.Go(q.rebalance)
		return nil
	}
	q.work.Go(q.recoverServer)
	if err := q.serve(); err != nil {
		q.log.Info("dead letters cannot be looked at beside this process", "err", err)
	}
	return nil
}

// serve lets other processes look at the queue until it is closed.
func (q *Queue) serve() error { return q.server.Serve(q.ctx, &q.work) }

// Close ends the work on the queue. Chunks that are not acknowledged are received again
// when it is opened the next time.
func (q *Queue) Close() error { return q.close() }

func (q *Queue) shutdown() error {
	q.cancel()
	q.work.Wait()
	if q.nc != nil {
		// Acknowledgements must reach the server.
		if q.server == nil || q.server.Err() == nil {
			_ = q.nc.FlushTimeout(5 * time.Second)
		}
		q.nc.Close()
	}
	err := q.progress.close()
	if q.server != nil {
		err = errors.Join(err, q.server.Close())
	}
	return err
}

// ID returns the identity of this queue; one that is made at the same place later has
// another. It is safe once the queue is open.
func (q *Queue) ID() string {
	return q.cfg.Connector + "-" + strconv.FormatInt(q.made.UnixNano(), 36)
}

// IsBeside reports whether the queue is open in another process, which works on it.
func (q *Queue) IsBeside() bool { return q.cfg.beside }
