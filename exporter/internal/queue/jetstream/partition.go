package jetstream

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bounds of what is fetched ahead of Receive from one partition, and of what can be
// unacknowledged in all of them, in blocks.
const (
	fetchAhead = 2
	fetchSize  = 4
	maxUnacked = 64_000
)

// group is the one priority group of the consumers.
const group = "exporter"

// What JetStream takes as an answer to a delivery. A message could send it, too, but to keep
// one until it is acknowledged is to keep its block.
var (
	ackDone     = []byte("+ACK")
	ackProgress = []byte("+WPI")
)

// partition reads the blocks of one subject in their order. Of a shared queue
// it does so while JetStream pins its consumer to this process.
//
// The consumer alone does not keep the order: a new owner would get what is new
// first, and what its predecessor has not acknowledged when the time for that is over.
// Therefore a process that begins with a partition first resets the consumer to the
// oldest block that is not acknowledged, and does so again when a delivery is
// missing.
type partition struct {
	q        *Queue
	number   int
	name     string // of the consumer
	consumer jetstream.Consumer

	pin   string // by which JetStream identifies the owner; empty: not owned, or not shared
	next  uint64 // the consumer sequence of the next delivery
	ready []jetstream.Msg

	fetch       jetstream.MessageBatch // nil: none is under way
	cancelFetch context.CancelFunc
	fetchedAt   time.Time // when the last fetch was begun
	renewedAt   time.Time // when the last fetch was begun that JetStream answered

	mu      sync.Mutex        // guards what follows; taken after Queue.mu
	epoch   uint64            // counts revocations
	unacked map[uint64]string // by stream sequence, the subject that acknowledges
	owned   bool
	release bool // the partition is to be released to others
}

// newPartition makes the consumer of a partition, or finds it.
func (q *Queue) newPartition(ctx context.Context, number int) (*partition, error) {
	p := &partition{q: q, number: number, name: consumerName(number), unacked: make(map[uint64]string)}
	var err error
	p.consumer, err = q.main.CreateOrUpdateConsumer(ctx, q.consumerConfig(number))
	return p, classify("make consumer "+p.name, err)
}

// consumerConfig is the configuration of a partition's consumer.
func (q *Queue) consumerConfig(number int) jetstream.ConsumerConfig {
	cfg := jetstream.ConsumerConfig{
		Durable:        consumerName(number),
		FilterSubjects: []string{q.partitionSubject(number)},
		AckPolicy:      jetstream.AckExplicitPolicy,
		// What a dead process has not acknowledged is delivered to another after this,
		// which thereby gains the partition; the living renew it in time.
		AckWait:       q.cfg.Lease,
		MaxAckPending: maxUnacked / q.cfg.Partitions,
	}
	if q.cfg.shared() {
		cfg.FilterSubjects = append(cfg.FilterSubjects, q.placeholderSubject(number))
		cfg.PriorityPolicy = jetstream.PriorityPolicyPinned
		cfg.PriorityGroups = []string{group}
		cfg.PinnedTTL = q.cfg.Lease
	}
	return cfg
}

func consumerName(number int) string { return fmt.Sprintf("p%02d", number) }

func (p *partition) run() {
	tick := time.NewTicker(p.q.cfg.Lease / 3)
	defer tick.Stop()
	defer p.endFetch()
	if !p.q.cfg.shared() && !p.reset() {
		return
	}
	for p.startFetch() {
		var to chan<- fetched
		var head fetched
		if len(p.ready) > 0 {
			to, head = p.q.fetched, fetched{partition: p, epoch: p.epoch, msg: p.ready[0]}
		}
		var arrivals <-chan jetstream.Msg
		if p.fetch != nil {
			arrivals = p.fetch.Messages()
		}
		select {
		case to <- head:
			p.ready = p.ready[1:]
		case msg, ok := <-arrivals:
			if ok {
				p.onMessage(msg)
			} else {
				p.onFetchEnd()
			}
		case <-tick.C:
			p.heartbeat()
		case <-p.q.ctx.Done():
		}
	}
}

// startFetch fetches more if there is room, or if the pin must be renewed. It reports
// whether to go on.
func (p *partition) startFetch() bool {
	if p.q.ctx.Err() != nil {
		return false
	}
	lease := p.q.cfg.Lease
	now := p.q.cfg.Clock.Now()
	if p.fetch != nil || (len(p.ready) >= fetchAhead && (p.pin == "" || now.Sub(p.fetchedAt) < lease/3)) {
		return true
	}
	ctx, stop := context.WithTimeout(p.q.ctx, lease/3)
	options := []jetstream.FetchOpt{jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(lease / 10)}
	size := fetchSize
	if p.q.cfg.shared() {
		options = append(options, jetstream.FetchPriorityGroup(group))
		if p.pin == "" || len(p.ready) >= fetchAhead {
			// The first message only shows that the partition is ours; what
			// came behind it would be thrown away.
			size = 1
		}
	}
	fetch, err := p.consumer.Fetch(size, options...)
	if err != nil {
		stop()
		return p.backOff(err)
	}
	p.fetch, p.cancelFetch, p.fetchedAt = fetch, stop, now
	return true
}

// backOff waits a little after an error, and returns false if the queue was closed.
func (p *partition) backOff(err error) bool {
	p.q.log.Debug("queue partition is not readable, will retry", "partition", p.number, "err", err)
	select {
	case <-time.After(p.q.cfg.Lease / 60):
		return true
	case <-p.q.ctx.Done():
		return false
	}
}

// heartbeat extends the time to acknowledge what is not, and revokes or releases the
// partition when it is time.
func (p *partition) heartbeat() {
	p.mu.Lock()
	release := p.release
	p.mu.Unlock()
	switch {
	case p.pin != "" && p.q.cfg.Clock.Now().Sub(p.renewedAt) > p.q.cfg.Lease*9/10:
		p.revoke("its lease is over")
	case release:
		p.releaseToOthers()
	default:
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, reply := range p.unacked {
			_ = p.q.nc.Publish(reply, ackProgress) // if it does not arrive it is delivered again, and known
		}
	}
}

func (p *partition) endFetch() {
	if p.cancelFetch != nil {
		p.cancelFetch()
	}
	p.fetch, p.cancelFetch = nil, nil
}

// acknowledge forgets a block.
func (p *partition) acknowledge(seq uint64) error {
	p.mu.Lock()
	reply, ok := p.unacked[seq]
	delete(p.unacked, seq)
	p.mu.Unlock()
	if !ok {
		return nil
	}
	return classify("acknowledge", p.q.nc.Publish(reply, ackDone))
}
