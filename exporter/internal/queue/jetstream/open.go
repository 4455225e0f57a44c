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

	"github.com/ammeter/ammeter/exporter/internal/mapping"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// stateBytes bounds the small state.
const stateBytes = 64 << 20

// dedupWindow is for how long a block that is put again is recognized.
const dedupWindow = 2 * time.Minute

// Queue is a durable queue. It is safe for concurrent use, but Next is for one
// goroutine.
type Queue struct {
	cfg Config
	log *slog.Logger

	server *embedded // nil: external
	nc     *nats.Conn
	js     jetstream.JetStream

	main, parked, dead jetstream.Stream
	state              jetstream.KeyValue

	puts     chan put
	writing  sync.RWMutex // held for writing while a chain is stored
	fetched  chan fetched
	losses   chan Loss
	recent   recent
	parking  parking
	progress progress
	shares   []*partition // by number

	corrupt atomic.Int64 // blocks that could not be read

	mu     sync.Mutex // guards what follows
	lastID uint64
	out    map[uint64]*handout // chunks handed out and not done

	work   sync.WaitGroup
	ctx    context.Context //nolint:containedctx // ends what runs from Open to Close
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
		cfg:     cfg,
		log:     cfg.Logger,
		puts:    make(chan put),
		fetched: make(chan fetched),
		losses:  make(chan Loss),
		out:     make(map[uint64]*handout),
		recent:  newRecent(),
		parking: newParking(),
	}
	q.close = sync.OnceValue(q.shutdown)
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
	if err := q.patiently(ctx, func() error { return q.ensure(ctx) }); err != nil {
		return err
	}
	if err := q.loadProgress(ctx); err != nil {
		return err
	}
	for range writers {
		q.work.Go(q.write)
	}
	if q.cfg.Passive {
		return q.makePassive()
	}
	for n := range q.cfg.Partitions {
		err := q.patiently(ctx, func() error {
			p, err := q.newPartition(ctx, n)
			if err == nil {
				q.shares = append(q.shares, p)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if !q.cfg.shared() {
		if err := q.loadAllParked(ctx); err != nil {
			return err
		}
		if err := q.loadCrossing(ctx); err != nil {
			return err
		}
	}
	for _, p := range q.shares {
		q.work.Go(p.run)
	}
	q.work.Go(q.wake)
	if q.cfg.shared() {
		q.work.Go(q.rebalance)
	}
	return nil
}

func (q *Queue) connect() (err error) {
	if q.cfg.shared() {
		q.nc, err = connectCluster(q.cfg)
	} else {
		if q.server, err = startEmbedded(q.cfg); err != nil {
			return err
		}
		q.nc, err = q.server.connect()
	}
	if err != nil {
		return err
	}
	q.js, err = jetstream.New(q.nc)
	return err
}

// Close ends the work on the queue. Chunks that are not done will be handed out
// again when it is opened the next time.
func (q *Queue) Close() error { return q.close() }

func (q *Queue) shutdown() error {
	q.cancel()
	q.work.Wait()
	q.keepCount()
	if q.nc != nil {
		// What Done sent must reach the server.
		_ = q.nc.FlushTimeout(5 * time.Second)
		q.nc.Close()
	}
	if q.server != nil {
		return q.server.close()
	}
	return nil
}

// ensure makes the streams and the bucket, or finds them as they should be.
func (q *Queue) ensure(ctx context.Context) (err error) {
	main := q.streamConfig("", "p.*", q.cfg.mainBytes())
	main.Retention = jetstream.WorkQueuePolicy
	main.Metadata = map[string]string{metaPartitions: strconv.Itoa(q.cfg.Partitions)}
	if q.main, err = q.ensureStream(ctx, main); err != nil {
		return err
	}
	if q.parked, err = q.ensureStream(ctx, q.streamConfig("_PARKED", "parked.*", q.cfg.parkedBytes())); err != nil {
		return err
	}
	if q.dead, err = q.ensureStream(ctx, q.streamConfig("_DEAD", "dead", q.cfg.deadBytes())); err != nil {
		return err
	}
	q.state, err = q.ensureBucket(ctx)
	return classify("make bucket", err)
}

// ensureBucket changes nothing about a bucket that is as it should be: a full disk
// would not take the change, and a queue that can be opened on it makes room.
func (q *Queue) ensureBucket(ctx context.Context) (jetstream.KeyValue, error) {
	name := "AMMETER_" + q.cfg.Connector
	if stream, err := q.js.Stream(ctx, "KV_"+name); err == nil && stream.CachedInfo().Config.Replicas == q.cfg.Replicas {
		return q.js.KeyValue(ctx, name)
	}
	return q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: name, MaxBytes: stateBytes, Replicas: q.cfg.Replicas,
	})
}

const metaPartitions = "ammeter-partitions"

func (q *Queue) streamConfig(suffix, subject string, maxBytes int64) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:               "AMMETER_" + q.cfg.Connector + suffix,
		Subjects:           []string{q.subject(subject)},
		Discard:            jetstream.DiscardNew,
		MaxBytes:           maxBytes,
		Storage:            jetstream.FileStorage,
		Replicas:           q.cfg.Replicas,
		Duplicates:         dedupWindow,
		AllowDirect:        true,
		AllowAtomicPublish: true,
	}
}

func (q *Queue) subject(rest string) string { return "ammeter." + q.cfg.Connector + "." + rest }

func (q *Queue) ensureStream(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	found, err := q.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		found, err = q.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was faster
			found, err = q.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, classify("make stream "+want.Name, err)
	}
	have := found.CachedInfo().Config
	if n, m := have.Metadata[metaPartitions], want.Metadata[metaPartitions]; n != m {
		return nil, fmt.Errorf("%w: it has %s partitions, not %s", ErrMismatch, n, m)
	}
	if have.MaxBytes == want.MaxBytes && have.Replicas == want.Replicas {
		return found, nil
	}
	found, err = q.js.UpdateStream(ctx, want)
	if err != nil {
		return nil, classify("change stream "+want.Name, err)
	}
	return found, nil
}

// A Queue can stand wherever the exporter takes a queue.
var _ interface {
	Put(ctx context.Context, records []mapping.Record) error
	Done(ctx context.Context, id uint64) error
	Next(ctx context.Context) (queue.Chunk, error)
} = (*Queue)(nil)
