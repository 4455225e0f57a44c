package jetstream

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"
)

// JetStream pins a partition to a process when there is a message for it. What is
// parked is in another stream and would wait for ever if the process that parked
// it died and no event of the partition followed. A keeper, an unacknowledged
// message without a block, sees to it that somebody owns the partition.

// keepShares adds keepers to partitions that have none.
func (q *Queue) keepShares(ctx context.Context, lanes []lane) error {
	if !q.cfg.shared() {
		return nil
	}
	for _, l := range lanes {
		p := q.shareOf(l)
		p.mu.Lock()
		kept := len(p.keepers) > 0
		p.mu.Unlock()
		if kept {
			continue
		}
		if err := q.addKeeper(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (q *Queue) addKeeper(ctx context.Context, p *partition) error {
	_, err := q.publish(ctx, []message{{
		subject: q.subject(fmt.Sprintf("p.%02d", p.number)),
		id:      nuid.Next(),
		header:  nats.Header{keeperHeader: {"1"}},
	}})
	return err
}

// dropKeepers acknowledges the keepers of partitions where nothing is parked.
func (q *Queue) dropKeepers() {
	for _, p := range q.shares {
		p.mu.Lock()
		if len(p.keepers) > 0 && q.parking.empty(p) {
			for _, msg := range p.keepers {
				if meta, err := msg.Metadata(); err == nil {
					delete(p.holding, meta.Sequence.Stream)
				}
				_ = msg.Ack() // if it is lost it is delivered again
			}
			p.keepers = nil
		}
		p.mu.Unlock()
	}
}
