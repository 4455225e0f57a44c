package loadgen

import (
	"context"
	"sync"
	"time"

	"github.com/ammeter/ammeter/loadgen/internal/wire"
)

const (
	// warm is the number of senders that are connected before the run begins: enough
	// for what falls due within one grain of the timer at tens of thousands a second.
	warm = 32
	// patience is how long all senders must have been busy before there are more.
	// What falls due in one grain of the timer is released at once, and they are
	// through with it before the next; more of them would only take each other's
	// processor.
	patience = 3 * time.Millisecond
	// growth is the least time between two new senders, and how late the pacer
	// may be for growth to make sense: when the machine is too busy to keep time,
	// more connections only make it busier.
	growth = time.Millisecond
)

// warmUp starts the first senders and waits until they have tried to connect, so
// that the first requests do not pay for that.
func (r *run) warmUp(ctx context.Context) {
	var connected sync.WaitGroup
	for range min(warm, r.cfg.Senders) {
		connected.Add(1)
		r.hire(ctx, connected.Done)
	}
	connected.Wait()
}

// staff starts another sender when p, released now, would find none free.
func (r *run) staff(ctx context.Context, p *released, now time.Duration) {
	if int64(len(r.queue)) < r.idle.Load() {
		r.relaxed = now
		return
	}
	if int(r.count.Load()) >= r.cfg.Senders || now-r.relaxed < patience || now-p.At > growth || now-r.grown < growth {
		return
	}
	r.grown = now
	r.hire(ctx, func() {})
}

func (r *run) hire(ctx context.Context, connected func()) {
	r.count.Add(1)
	r.senders.Go(func() { r.sendAll(ctx, connected) })
}

// sendAll sends what the pacer releases until the queue is closed and empty.
func (r *run) sendAll(ctx context.Context, connected func()) {
	conn := wire.NewConn(r.endpoint, r.cfg.Dialer, r.cfg.Now)
	defer conn.Close()
	// A target that cannot be reached is found out by the first request.
	_ = conn.Open(ctx, r.cfg.Now().Add(r.cfg.Timeout))
	connected()
	var buf []byte
	for {
		r.idle.Add(1)
		p, more := <-r.queue
		r.idle.Add(-1)
		if !more {
			return
		}
		if ctx.Err() != nil {
			r.rec.dropped(&p.Send)
			continue
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
	if r.cfg.Answered != nil {
		r.cfg.Answered(&p.Send, a.fates)
	}
	return buf
}
