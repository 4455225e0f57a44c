package alert

import (
	"context"
	"log/slog"
	"time"
)

// warnPart is the part of the grace that is left when its end is announced: 12 of
// 48 hours.
const warnPart = 4

// retryPause is how long to wait with a mail that could not be sent. It is tried
// until it is out of date.
const retryPause = time.Minute

// lastTry bounds how long the end of the program waits for a mail.
const lastTry = 5 * time.Second

// State is what Amplitude says of the key.
type State struct {
	Refused bool
	Since   time.Time // when that began
	Held    int64     // events waiting
	Dropped int64     // events that waited longer than the grace
}

// Clock tells the time and rings when some has passed.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Sender delivers a message.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Alarm turns changes of the key's state into mail. New alarms come from New.
type Alarm struct {
	connector Connector
	sender    Sender
	clock     Clock
	log       *slog.Logger
	held      func() int64
	states    chan State
}

// New returns an Alarm that sends nothing yet. held tells how many events wait.
func New(c Connector, s Sender, clock Clock, log *slog.Logger, held func() int64) *Alarm {
	return &Alarm{connector: c, sender: s, clock: clock, log: log, held: held, states: make(chan State, 16)}
}

// Tell reports a change. It never waits.
func (a *Alarm) Tell(s State) {
	select {
	case a.states <- s:
	default: // the sender hangs, and there are 16 changes it has not told yet
	}
}

// Run sends mail until ctx ends, and then what was told until that moment.
func (a *Alarm) Run(ctx context.Context) {
	var e episode
	for {
		var ring <-chan time.Time
		if at, ok := e.wake(a.connector.Grace); ok {
			ring = a.clock.After(at.Sub(a.clock.Now()))
		}
		select {
		case s := <-a.states:
			e.change(a.connector, s)
		case <-ring:
		case <-ctx.Done():
			a.sendLast(ctx, &e)
			return
		}
		e.tick(a.connector, a.clock.Now(), a.held)
		a.flush(ctx, &e)
	}
}

// sendLast has one try at what is not sent yet.
func (a *Alarm) sendLast(ctx context.Context, e *episode) {
	for len(a.states) > 0 {
		e.change(a.connector, <-a.states)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastTry)
	defer cancel()
	a.flush(ctx, e)
}

// flush sends what is due. What cannot be sent is kept for later.
func (a *Alarm) flush(ctx context.Context, e *episode) {
	for len(e.outbox) > 0 {
		if err := a.sender.Send(ctx, e.outbox[0]); err != nil {
			if ctx.Err() == nil {
				a.log.Error("alert cannot be mailed, will try again", "err", err)
			}
			e.retry = a.clock.Now().Add(retryPause)
			return
		}
		a.log.Info("alert was mailed")
		e.outbox = e.outbox[1:]
	}
	e.retry = time.Time{}
}

// episode is the time from a refusal to the next acceptance.
type episode struct {
	refused bool
	warned  bool // that the grace ends
	since   time.Time
	outbox  []Message
	retry   time.Time // when to try the outbox again
}

// change takes a new state in. What it makes out of date and was never sent is
// given up.
func (e *episode) change(c Connector, s State) {
	switch {
	case s.Refused && !e.refused:
		*e = episode{refused: true, since: s.Since, outbox: []Message{c.refused(s.Since, s.Held)}}
	case !s.Refused && e.refused:
		untold := len(e.outbox) > 0 && !e.warned
		since := e.since
		*e = episode{}
		if !untold {
			e.outbox = []Message{c.accepted(since, s)}
		}
	}
}

// tick announces the end of the grace when it is near.
func (e *episode) tick(c Connector, now time.Time, held func() int64) {
	if !e.refused || e.warned || c.Grace == 0 || now.Before(e.warnAt(c.Grace)) {
		return
	}
	e.warned = true
	if now.Before(e.since.Add(c.Grace)) {
		e.outbox = append(e.outbox, c.ending(e.since, held()))
	}
}

func (e *episode) warnAt(grace time.Duration) time.Time {
	return e.since.Add(grace - grace/warnPart)
}

// wake returns when there is something to do, if there ever is.
func (e *episode) wake(grace time.Duration) (at time.Time, ok bool) {
	if e.refused && !e.warned && grace > 0 {
		at, ok = e.warnAt(grace), true
	}
	if !e.retry.IsZero() && (!ok || e.retry.Before(at)) {
		at, ok = e.retry, true
	}
	return at, ok
}
