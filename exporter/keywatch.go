package exporter

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// keyWatch follows what Amplitude says of the key. Once it has been refused for
// longer than the grace, every refusal of a probe drops what is queued at that
// moment; what comes after it waits for the next probe, so that a new key finds
// the newest events.
type keyWatch struct {
	refused    bool
	wasRefused bool      // in this process, by an answer
	since      time.Time // the first refusal
	tried      bool      // the probe at the end of the grace is out
	expired    bool      // the grace is over
	cut        queue.Mark
	dropped    int64 // events, since the grace is over
}

// keyState is the key under which a durable queue remembers the first refusal.
const keyStateKey = "key-refused"

type storedKeyState struct {
	Since time.Time `json:"since"`
}

// recallKey goes on where the process before left off.
func (c *courier) recallKey(ctx context.Context) error {
	if c.durable == nil {
		return nil
	}
	text, ok, err := c.durable.State(ctx, keyStateKey)
	if err != nil || !ok {
		return err
	}
	var stored storedKeyState
	if err := json.Unmarshal(text, &stored); err != nil {
		return fmt.Errorf("read state of the key: %w", err)
	}
	now := c.cfg.Clock.Now()
	if stored.Since.After(now) {
		c.log.Warn("the clock was set back since the key was refused: the grace begins anew", "since", stored.Since)
		stored.Since = now
	}
	c.refused, c.since = true, stored.Since
	c.sched.SuspectKey()
	c.log.Warn("amplitude refused the API key before this start: trying it with one upload", "since", stored.Since)
	c.tellKey()
	return nil
}

// watchKey takes in an answer of a class.
func (c *courier) watchKey(ctx context.Context, class string) {
	refused := c.sched.KeyRefused()
	switch {
	case refused && !c.refused:
		c.refuse(ctx)
	case !refused && c.refused:
		c.restore(ctx)
	}
	if class == delivery.SetupClass {
		c.wasRefused = true
		c.expire(ctx)
	}
}

func (c *courier) refuse(ctx context.Context) {
	c.refused, c.tried, c.since = true, false, c.cfg.Clock.Now()
	c.log.Error("amplitude refuses the API key: sending has stopped, events are kept", "held", c.Ledger().Held)
	c.storeKey(ctx)
	c.tellKey()
}

func (c *courier) restore(ctx context.Context) {
	c.log.Info("amplitude accepts the API key again: sending goes on", "held", c.Ledger().Held, "dropped", c.dropped)
	c.refused, c.expired = false, false
	c.storeKey(ctx)
	c.tellKey()
	c.dropped = 0
}

func (c *courier) storeKey(ctx context.Context) {
	if c.durable == nil {
		return
	}
	var err error
	if c.refused {
		var text []byte
		if text, err = json.Marshal(storedKeyState{Since: c.since.UTC()}); err == nil {
			err = c.durable.SetState(ctx, keyStateKey, text)
		}
	} else {
		err = c.durable.DeleteState(ctx, keyStateKey)
	}
	if err != nil && ctx.Err() == nil {
		c.log.Error("state of the API key cannot be stored: after a restart the grace begins anew", "err", err)
	}
}

func (c *courier) tellKey() {
	if c.cfg.OnKey == nil {
		return
	}
	since := c.since
	if !c.refused {
		since = c.cfg.Clock.Now()
	}
	c.cfg.OnKey(KeyState{Refused: c.refused, Since: since, Held: c.Ledger().Held, Dropped: c.dropped})
}

// graceEnd is when the grace of a refused key ends; false: none runs, or its end
// has been seen to.
func (c *courier) graceEnd() (time.Time, bool) {
	if !c.refused || c.tried || c.cfg.CredentialGrace < 0 {
		return time.Time{}, false
	}
	return c.since.Add(c.cfg.CredentialGrace), true
}

// endGrace tries the key once more when its grace ends. Probes are far apart by
// then, and the next one may come long after.
func (c *courier) endGrace() {
	now := c.cfg.Clock.Now()
	if end, runs := c.graceEnd(); runs && !now.Before(end) {
		c.tried = true
		c.sched.Probe(now)
	}
}

// expire drops everything that is queued when the grace is over.
func (c *courier) expire(ctx context.Context) {
	if c.cfg.CredentialGrace < 0 || c.cfg.Clock.Now().Sub(c.since) < c.cfg.CredentialGrace {
		return
	}
	mark, err := c.queue.Mark(ctx)
	if err != nil {
		c.log.Error("queued events cannot be dropped, will try again", "err", err)
		return
	}
	before := c.dropped
	c.cut = mark
	for _, e := range c.sched.Take(c.cfg.Clock.Now(), func(*delivery.Event) bool { return true }) {
		it := itemOf(e)
		c.bytes -= len(e.Wire)
		c.drop(it)
		c.finish(ctx, it.parcel)
	}
	c.unshelve(func(*item) bool { return true }, func(it *item) {
		c.drop(it)
		c.finish(ctx, it.parcel)
	})
	c.settled.raise()
	c.vitals.settled()
	if !c.expired {
		c.expired = true
		c.log.Error("amplitude has refused the API key for too long: queued events are dropped until it takes one",
			"since", c.since, "grace", c.cfg.CredentialGrace, "dropped_now", c.dropped-before)
		c.tellKey()
	}
}

// isExpired tells whether a chunk was in the queue when it was dropped.
func (c *courier) isExpired(chunk queue.Chunk) bool { return c.cut.Holds(chunk) }
