package loadgen

import (
	"context"
	"sync"

	"github.com/ammeter/ammeter/loadgen/internal/httpconn"
)

// initialSenders is the number of senders that are connected before the run begins: enough
// for what falls due within one grain of the timer at tens of thousands a second.
const initialSenders = 32

// warmUp starts the first senders, makes a buffer that holds the first body, and waits until
// all senders have tried to connect, so that the first requests do not pay for that.
func (r *run) warmUp(ctx context.Context) {
	var connected sync.WaitGroup
	for range min(initialSenders, r.cfg.Senders) {
		connected.Add(1)
		r.addSender(ctx, connected.Done)
	}
	var first Send
	if r.plan.Start()(&first) {
		r.buffers.put(r.cfg.Encoder.Append(r.buffers.get(), &first, r.cfg.Now()))
	}
	connected.Wait()
}

func (r *run) addSender(ctx context.Context, connected func()) {
	r.count.Add(1)
	r.senders.Go(func() { r.sendAll(ctx, connected) })
}

// sendAll sends what the pacer releases until the queue is closed and empty.
func (r *run) sendAll(ctx context.Context, connected func()) {
	conn := httpconn.NewConn(r.endpoint, r.cfg.Dialer, r.cfg.Now)
	defer conn.Close()
	// A target that cannot be reached is found out by the first request.
	_ = conn.Open(ctx, r.cfg.Now().Add(r.cfg.Timeout))
	connected()
	// An interrupted run waits for what is in flight, so its requests outlive ctx.
	lasting := context.WithoutCancel(ctx)
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
		r.send(lasting, conn, p)
		r.putJob(p)
	}
}

// send makes one attempt and records it.
func (r *run) send(ctx context.Context, conn *httpconn.Conn, p *job) {
	buf := r.cfg.Encoder.Append(r.buffers.get(), &p.Send, r.start)

	a := attempt{send: &p.Send, released: p.at, sent: r.since()}
	answer, err := conn.Post(ctx, buf, r.start.Add(a.sent+r.cfg.Timeout))
	r.buffers.put(buf)
	a.done = r.since()
	if !answer.Sent.IsZero() {
		a.sent = answer.Sent.Sub(r.start)
	}
	if a.err = err; err != nil {
		a.outcomes = Outcomes{Failed: uint64(len(p.Events))}
	} else {
		a.status = answer.Status
		a.foreign = r.cfg.Target.Kind.isForeign(answer.Status, answer.Body, len(p.Events))
		a.outcomes, a.throttled = r.cfg.Target.Kind.judge(answer.Status, answer.Body, len(p.Events))
	}
	r.rec.finished(&a)
	if r.cfg.Answered != nil {
		r.cfg.Answered(&p.Send, a.outcomes)
	}
}
