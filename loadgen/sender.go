package loadgen

import (
	"context"
	"time"

	"github.com/ammeter/ammeter/loadgen/internal/wire"
)

// impatience is how long a send may wait in the queue before another sender is
// started for it. Shorter than anything a result shows, longer than the gap
// between two wake-ups of a busy machine.
const impatience = time.Millisecond

// grow starts one more sender unless there are enough.
func (r *run) grow(ctx context.Context) {
	for {
		n := r.count.Load()
		if n >= int64(r.cfg.Senders) {
			return
		}
		if r.count.CompareAndSwap(n, n+1) {
			break
		}
	}
	r.senders.Go(func() { r.sendAll(ctx) })
}

// sendAll sends what the pacer releases until the queue is closed and empty.
func (r *run) sendAll(ctx context.Context) {
	conn := wire.NewConn(r.endpoint, r.cfg.Dialer, r.cfg.Now)
	defer conn.Close()
	var buf []byte
	for p := range r.queue {
		if ctx.Err() != nil {
			r.rec.dropped(&p.Send)
			continue
		}
		if r.since()-p.at > impatience {
			r.grow(ctx)
		}
		buf = r.send(ctx, conn, p, buf)
		r.recycle(p)
	}
}

// send makes one attempt and takes it down.
func (r *run) send(ctx context.Context, conn *wire.Conn, p *released, buf []byte) []byte {
	if cap(buf) < wire.HeadRoom {
		buf = make([]byte, wire.HeadRoom)
	}
	buf = r.cfg.Encoder.Append(buf[:wire.HeadRoom], &p.Send, r.start)

	a := attempt{send: &p.Send, released: p.at, sent: r.since()}
	// An interrupted run waits for what is in flight, so its requests outlive ctx.
	answer, err := conn.Post(context.WithoutCancel(ctx), buf, r.start.Add(a.sent+r.cfg.Timeout))
	a.done = r.since()
	if !answer.Sent.IsZero() {
		a.sent = answer.Sent.Sub(r.start)
	}
	if a.err = err; err != nil {
		a.fates = Fates{Failed: uint64(len(p.Events))}
	} else {
		a.status = answer.Status
		a.fates, a.throttled = r.cfg.Target.Kind.judge(answer.Status, answer.Body, len(p.Events))
	}
	r.rec.finished(&a)
	return buf
}
