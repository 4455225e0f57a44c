package alert

import (
	"context"
	"log/slog"
	"time"

	"github.com/ammeter/ammeter/exporter/clock"
	"github.com/ammeter/ammeter/exporter/status"
)

// warnPart is the part of the grace that is left when its end is announced: 12 of
// 48 hours.
const warnPart = 4

// retryInterval is how long to wait with a mail that could not be sent. It is tried
// until it is out of date.
const retryInterval = time.Minute

// lastTry bounds how long the end of the program waits for a mail.
const lastTry = 5 * time.Second

// Sender delivers a message.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// KeyNotifier turns changes of the key's state into mail. New makes one.
type KeyNotifier struct {
	connector Connector
	sender    Sender
	clock     clock.Clock
	log       *slog.Logger
	held      func() int64
	states    chan status.KeyState
}

// New returns a KeyNotifier that sends nothing before Run. held returns how many events wait.
func New(c Connector, s Sender, clock clock.Clock, log *slog.Logger, held func() int64) *KeyNotifier {
	return &KeyNotifier{connector: c, sender: s, clock: clock, log: log, held: held, states: make(chan status.KeyState, 16)}
}

// Notify reports a change. It does not block.
func (n *KeyNotifier) Notify(s status.KeyState) {
	select {
	case n.states <- s:
	default: // the sender hangs, and there are 16 changes wait for it
	}
}

// Run sends mail until ctx ends, and then of what was notified until that moment.
func (n *KeyNotifier) Run(ctx context.Context) {
	var e outage
	for {
		var ring <-chan time.Time
		if at, ok := e.wake(n.connector.Grace); ok {
			ring = n.clock.After(at.Sub(n.clock.Now()))
		}
		select {
		case s := <-n.states:
			e.change(n.connector, s)
		case <-ring:
		case <-ctx.Done():
			n.sendLast(ctx, &e)
			return
		}
		e.tick(n.connector, n.clock.Now(), n.held)
		n.flush(ctx, &e)
	}
}

// sendLast has one try at what is not sent yet.
func (n *KeyNotifier) sendLast(ctx context.Context, e *outage) {
	for len(n.states) > 0 {
		e.change(n.connector, <-n.states)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTry)
	defer cancel()
	n.flush(ctx, e)
}

// flush sends what is due. What cannot be sent is kept for later.
func (n *KeyNotifier) flush(ctx context.Context, e *outage) {
	for len(e.outbox) > 0 {
		if err := n.sender.Send(ctx, e.outbox[0]); err != nil {
			if ctx.Err() == nil {
				n.log.Error("alert cannot be mailed, will try again", "err", err)
			}
			e.retry = n.clock.Now().Add(retryInterval)
			return
		}
		n.log.Info("alert was mailed")
		e.outbox = e.outbox[1:]
	}
	e.retry = time.Time{}
}

// outage is the time from a refusal to the next acceptance.
type outage struct {
	refused bool
	warned  bool // that the grace ends
	since   time.Time
	outbox  []Message
	retry   time.Time // when to try the outbox again
}

// change takes a new state in. What it makes out of date and was never sent is
// given up.
func (e *outage) change(c Connector, s status.KeyState) {
	switch {
	case s.Refused && !e.refused:
		*e = outage{refused: true, since: s.Since, outbox: []Message{c.refused(s.Since, s.Held)}}
	case !s.Refused && e.refused:
		untold := len(e.outbox) > 0 && !e.warned
		since := e.since
		*e = outage{}
		if !untold {
			e.outbox = []Message{c.accepted(since, s)}
		}
	}
}

// tick announces the end of the grace when it is near.
func (e *outage) tick(c Connector, now time.Time, held func() int64) {
	if !e.refused || e.warned || c.Grace == 0 || now.Before(e.warnAt(c.Grace)) {
		return
	}
	e.warned = true
	if now.Before(e.since.Add(c.Grace)) {
		e.outbox = append(e.outbox, c.ending(e.since, held()))
	}
}

func (e *outage) warnAt(grace time.Duration) time.Time {
	return e.since.Add(grace - grace/warnPart)
}

// wake returns when there is something to do, if there ever is.
func (e *outage) wake(grace time.Duration) (at time.Time, ok bool) {
	if e.refused && !e.warned && grace > 0 {
		at, ok = e.warnAt(grace), true
	}
	if !e.retry.IsZero() && (!ok || e.retry.Before(at)) {
		at, ok = e.retry, true
	}
	return at, ok
}
