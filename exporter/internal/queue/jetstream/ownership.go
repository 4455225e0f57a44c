package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// Revoked sends chunks that were taken back. A queue of this process alone sends none.
func (q *Queue) Revoked() <-chan queue.Revocation { return q.revocations }

// onMessage takes in a delivery.
func (p *partition) onMessage(msg jetstream.Msg) {
	p.renewedAt = p.fetchedAt
	meta, err := msg.Metadata()
	if err != nil {
		p.q.log.Error("delivery without metadata", "partition", p.number, "err", err)
		return
	}
	pin := msg.Headers().Get("Nats-Pin-Id")
	switch {
	case pin != p.pin:
		if p.pin != "" {
			p.revoke("it was pinned anew")
		}
		p.endFetch()
		p.pin = pin
		p.reset()
	case meta.Sequence.Consumer != p.next:
		p.readAgain("a delivery is missing")
	case meta.NumDelivered > 1 && !p.isPlaceholder(msg):
		p.next++
		p.onRedelivery(meta.Sequence.Stream, msg)
	default:
		p.next++
		p.onNew(meta.Sequence.Stream, msg)
	}
}

// readAgain reads a partition again after a delivery that did not arrive, so that the
// order is kept. In a queue that others share all chunks are taken back: they may be
// another's by now. Otherwise they stay, and what comes again of them is left out.
func (p *partition) readAgain(why string) {
	if p.q.cfg.shared() {
		pin := p.pin
		p.revoke(why)
		p.pin = pin
	} else {
		p.endFetch()
		p.q.log.Warn("queue partition is read again", "partition", p.number, "why", why)
	}
	p.reset()
}

func (p *partition) onNew(seq uint64, msg jetstream.Msg) {
	p.mu.Lock()
	_, known := p.unacked[seq]
	p.unacked[seq] = msg.Reply() // by the last delivery it is acknowledged
	p.mu.Unlock()
	if !known && !p.isPlaceholder(msg) {
		p.ready = append(p.ready, msg)
	}
}

// onRedelivery handles a message that was delivered before. Either it is not acknowledged
// yet, or it is done and the acknowledgement was lost, or the earlier delivery did not
// arrive. A shared queue has no record of what is done, and cannot detect the third case.
func (p *partition) onRedelivery(seq uint64, msg jetstream.Msg) {
	p.mu.Lock()
	_, known := p.unacked[seq]
	p.mu.Unlock()
	switch {
	case known:
	case p.q.cfg.shared(), p.q.progress.isDone(seq):
		_ = msg.Ack() // if it is lost too, it comes again
	default:
		p.readAgain("a delivery did not arrive the first time")
	}
}

func (p *partition) onFetchEnd() {
	err := p.fetch.Error()
	p.endFetch()
	switch {
	case err == nil, errors.Is(err, context.DeadlineExceeded):
		p.renewedAt = p.fetchedAt
	case errors.Is(err, jetstream.ErrPinIDMismatch):
		if p.pin != "" {
			p.revoke("JetStream pinned it to another process")
		}
	default:
		p.backOff(err)
	}
}

// reset starts reading at the oldest block that is not acknowledged, and loads what is
// delayed. It reports whether it could; only the end of the queue keeps it from it.
func (p *partition) reset() bool {
	for p.q.ctx.Err() == nil {
		_, err := p.q.main.ResetConsumer(p.q.ctx, p.name)
		if err == nil && p.q.cfg.shared() {
			p.q.delayed.Drop(p.hasLane)
			err = p.q.loadDelayed(p.q.ctx, fmt.Sprintf("%02d", p.number))
		}
		if err == nil {
			p.next = 1
			p.mu.Lock()
			p.owned = true
			p.mu.Unlock()
			return true
		}
		if p.q.ctx.Err() != nil {
			return false
		}
		p.q.log.Warn("queue partition cannot be read, will retry", "partition", p.number, "err", err)
		p.backOff(err)
	}
	return false
}

func (p *partition) hasLane(l lane) bool { return p.q.partitionOf(l) == p }

// revoke takes the chunks of a partition back, and waits until that is confirmed.
func (p *partition) revoke(why string) {
	p.endFetch()
	p.ready, p.pin = nil, ""
	chunks := p.forgetChunks()
	p.q.log.Info("queue partition is given up", "partition", p.number, "why", why, "chunks", len(chunks))
	if len(chunks) == 0 {
		return
	}
	confirmed := make(chan struct{})
	select {
	case p.q.revocations <- queue.Revocation{Chunks: chunks, Confirm: sync.OnceFunc(func() { close(confirmed) })}:
	case <-p.q.ctx.Done():
		return
	}
	select {
	case <-confirmed:
	case <-p.q.ctx.Done():
	}
}

// forgetChunks forgets what was received of a partition, and returns the ids.
func (p *partition) forgetChunks() (chunks []uint64) {
	p.q.mu.Lock()
	defer p.q.mu.Unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.epoch++
	p.owned, p.release = false, false
	clear(p.unacked)
	p.q.delayed.Drop(p.hasLane)
	for id, c := range p.q.out {
		if c.partition == p {
			chunks = append(chunks, id)
			delete(p.q.out, id)
		}
	}
	return chunks
}

// isOwned reports whether this process works on the partition; of a queue that is
// not shared it always does.
func (p *partition) isOwned() bool {
	if !p.q.cfg.shared() {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.owned
}
