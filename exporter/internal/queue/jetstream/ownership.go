package jetstream

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// Loss tells that chunks were taken back, because the partition they are of went
// to another process or has to be read again. Their records must leave the
// scheduler: whoever has the partition next sends them. An upload on its way
// cannot be called back; its events are told by their insert_id.
type Loss struct {
	// Chunks are the ids of the chunks. Done for one of them does nothing.
	Chunks  []uint64
	confirm chan struct{}
}

// Confirm tells that the records are gone. The partition is not read before.
func (l Loss) Confirm() { close(l.confirm) }

// Losses tells of chunks taken back. It must be read as long as chunks are out,
// beside Next. A queue in this process alone has none in practice.
func (q *Queue) Losses() <-chan Loss { return q.losses }

// take takes in a delivery.
func (p *partition) take(msg jetstream.Msg) {
	p.renewed = p.asked
	meta, err := msg.Metadata()
	if err != nil {
		p.q.log.Error("delivery without metadata", "partition", p.number, "err", err)
		return
	}
	pin := msg.Headers().Get("Nats-Pin-Id")
	switch {
	case pin != p.pin:
		if p.pin != "" {
			p.lose("it was pinned anew")
		}
		p.giveUp()
		p.pin = pin
		p.begin()
	case meta.Sequence.Consumer != p.next:
		p.lose("a delivery is missing")
		p.pin = pin
		p.begin()
	case meta.NumDelivered > 1:
		p.next++
		p.again(meta.Sequence.Stream, msg)
	default:
		p.next++
		p.keep(meta.Sequence.Stream, msg)
	}
}

func (p *partition) keep(seq uint64, msg jetstream.Msg) {
	p.mu.Lock()
	p.holding[seq] = msg
	keeper := msg.Headers().Get(keeperHeader) != ""
	if keeper {
		p.keepers = append(p.keepers, msg)
	}
	p.mu.Unlock()
	if keeper {
		p.q.parking.touch() // it may be of no use any more
		return
	}
	p.ready = append(p.ready, msg)
}

// again takes in what was delivered before. Either it is held, or it is done and
// the acknowledgement was lost.
func (p *partition) again(seq uint64, msg jetstream.Msg) {
	p.mu.Lock()
	_, held := p.holding[seq]
	p.mu.Unlock()
	if !held {
		_ = msg.Ack() // if it is lost too, it comes again
	}
}

// ended takes in that a fetch is over.
func (p *partition) ended() {
	err := p.batch.Error()
	p.giveUp()
	switch {
	case err == nil, errors.Is(err, context.DeadlineExceeded):
		p.renewed = p.asked
	case errors.Is(err, jetstream.ErrPinIDMismatch):
		if p.pin != "" {
			p.lose("JetStream pinned it to another process")
		}
	default:
		p.pause(err)
	}
}

// begin starts reading at the oldest block that is not acknowledged, and finds
// out what is parked. It reports whether it could; only the end of the queue
// keeps it from it.
func (p *partition) begin() bool {
	for p.q.ctx.Err() == nil {
		_, err := p.q.main.ResetConsumer(p.q.ctx, p.name)
		if err == nil && p.q.cfg.shared() {
			err = p.q.loadParked(p.q.ctx, p)
		}
		if err == nil {
			p.next = 1
			p.own()
			return true
		}
		p.q.log.Warn("queue partition cannot be read, will retry", "partition", p.number, "err", err)
		p.pause(err)
	}
	return false
}

// lose gives up a partition and waits until the exporter has taken note.
func (p *partition) lose(why string) {
	p.giveUp()
	p.ready, p.pin = nil, ""
	chunks := p.q.revoke(p)
	p.q.log.Info("queue partition is given up", "partition", p.number, "why", why, "chunks", len(chunks))
	if len(chunks) == 0 {
		return
	}
	loss := Loss{Chunks: chunks, confirm: make(chan struct{})}
	select {
	case p.q.losses <- loss:
	case <-p.q.ctx.Done():
		return
	}
	select {
	case <-loss.confirm:
	case <-p.q.ctx.Done():
	}
}

// isOwned tells whether this process works on the partition; of a queue that is
// not shared it always does.
func (p *partition) isOwned() bool {
	if !p.q.cfg.shared() {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.owned
}

func (p *partition) own() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owned = true
}

// revoke forgets what is handed out of a partition, and returns the ids.
func (q *Queue) revoke(p *partition) []uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.epoch++
	p.owned, p.release = false, false
	clear(p.holding)
	p.keepers = nil
	q.recent.forget(p)
	q.parking.unload(p)
	var chunks []uint64
	for id, h := range q.out {
		if h.partition == p {
			chunks = append(chunks, id)
			delete(q.out, id)
		}
	}
	return chunks
}
