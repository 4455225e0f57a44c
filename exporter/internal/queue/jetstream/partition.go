package jetstream

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Bounds of what is fetched ahead of Next from one partition, and of what can be
// handed out and not done from all of them, in blocks.
const (
	fetchAhead = 2
	fetchSize  = 4
	maxHeld    = 64_000
)

// group is the one priority group of the consumers.
const group = "exporter"

// keeperHeader marks a message that holds no block. It stays in the stream while
// events of its partition are parked, so that somebody works on the partition.
const keeperHeader = "Ammeter-Keeper"

// partition hands out the blocks of one subject in their order. Of a shared queue
// it does so while JetStream pins its consumer to this process.
//
// The consumer alone does not keep the order: a new owner would get what is new
// first, and what its predecessor held when the time to acknowledge it is over.
// Therefore whoever begins with a partition first resets the consumer to the
// oldest block that is not acknowledged, and does so again when a delivery is
// missing.
type partition struct {
	q        *Queue
	number   int
	name     string // of the consumer
	consumer jetstream.Consumer

	pin   string // by which JetStream knows the owner; empty: not owned, or not shared
	next  uint64 // the consumer sequence of the next delivery
	ready []jetstream.Msg

	batch   jetstream.MessageBatch // nil: nothing is asked for
	stop    context.CancelFunc     // gives the batch up
	asked   time.Time              // when the batch was asked for
	renewed time.Time              // when something was asked for that was answered

	mu      sync.Mutex               // guards what follows; taken after Queue.mu
	epoch   uint64                   // counts losses
	holding map[uint64]jetstream.Msg // not acknowledged, by stream sequence
	keepers []jetstream.Msg          // of holding, those without a block
	owned   bool
	release bool // asked to give the partition to others
}

// newPartition makes the consumer of a partition, or finds it.
func (q *Queue) newPartition(ctx context.Context, number int) (*partition, error) {
	p := &partition{
		q:       q,
		number:  number,
		name:    fmt.Sprintf("p%02d", number),
		holding: make(map[uint64]jetstream.Msg),
	}
	cfg := jetstream.ConsumerConfig{
		Durable:       p.name,
		FilterSubject: q.subject(fmt.Sprintf("p.%02d", number)),
		AckPolicy:     jetstream.AckExplicitPolicy,
		// What a dead process held is delivered to another after this, which
		// thereby gains the partition; the living renew it in time.
		AckWait:       q.cfg.Lease,
		MaxAckPending: maxHeld / q.cfg.Partitions,
	}
	if q.cfg.shared() {
		cfg.PriorityPolicy = jetstream.PriorityPolicyPinned
		cfg.PriorityGroups = []string{group}
		cfg.PinnedTTL = q.cfg.Lease
	}
	var err error
	p.consumer, err = q.main.CreateOrUpdateConsumer(ctx, cfg)
	return p, classify("make consumer "+p.name, err)
}

func (p *partition) run() {
	tick := time.NewTicker(p.q.cfg.Lease / 3)
	defer tick.Stop()
	defer p.giveUp()
	if !p.q.cfg.shared() && !p.begin() {
		return
	}
	for p.ask() {
		var to chan<- fetched
		var head fetched
		if len(p.ready) > 0 {
			to, head = p.q.fetched, fetched{partition: p, epoch: p.epoch, msg: p.ready[0]}
		}
		var arrivals <-chan jetstream.Msg
		if p.batch != nil {
			arrivals = p.batch.Messages()
		}
		select {
		case to <- head:
			p.ready = p.ready[1:]
		case msg, ok := <-arrivals:
			if ok {
				p.take(msg)
			} else {
				p.ended()
			}
		case <-tick.C:
			p.beat()
		case <-p.q.ctx.Done():
		}
	}
}

// ask asks for more if there is room, or if the pin must be renewed. It reports
// whether to go on.
func (p *partition) ask() bool {
	if p.q.ctx.Err() != nil {
		return false
	}
	lease := p.q.cfg.Lease
	now := p.q.cfg.Now()
	if p.batch != nil || (len(p.ready) >= fetchAhead && (p.pin == "" || now.Sub(p.asked) < lease/3)) {
		return true
	}
	ctx, stop := context.WithTimeout(p.q.ctx, lease/3)
	options := []jetstream.FetchOpt{jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(lease / 10)}
	size := fetchSize
	if p.q.cfg.shared() {
		options = append(options, jetstream.FetchPriorityGroup(group))
		if p.pin == "" || len(p.ready) >= fetchAhead {
			// The first message only tells that the partition is ours; what
			// came behind it would be thrown away.
			size = 1
		}
	}
	batch, err := p.consumer.Fetch(size, options...)
	if err != nil {
		stop()
		return p.pause(err)
	}
	p.batch, p.stop, p.asked = batch, stop, now
	return true
}

// pause waits a little after an error, and reports whether to go on.
func (p *partition) pause(err error) bool {
	p.q.log.Debug("queue partition is not readable, will retry", "partition", p.number, "err", err)
	select {
	case <-time.After(p.q.cfg.Lease / 60):
		return true
	case <-p.q.ctx.Done():
		return false
	}
}

// beat tells JetStream that what is held is being worked on, and looks whether
// the partition is still ours.
func (p *partition) beat() {
	if p.pin != "" && p.q.cfg.Now().Sub(p.renewed) > p.q.cfg.Lease*9/10 {
		p.lose("its lease is over")
		return
	}
	p.mu.Lock()
	release := p.release
	p.mu.Unlock()
	if release {
		p.letGo()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, msg := range p.holding {
		_ = msg.InProgress() // if it does not arrive it is delivered again, and known
	}
}

// giveUp gives up what was asked for and has not come.
func (p *partition) giveUp() {
	if p.stop != nil {
		p.stop()
	}
	p.batch, p.stop = nil, nil
}
