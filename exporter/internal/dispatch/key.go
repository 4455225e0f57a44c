package dispatch

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/delivery"
	"github.com/ammeter/ammeter/exporter/internal/queue"
)

// keyStateKey is the key under which the queue stores the first refusal.
const keyStateKey = "key-refused"

type storedKeyState struct {
	Since time.Time `json:"since"`
}

// loadKey continues with the state of the process before.
func (d *Dispatcher) loadKey(ctx context.Context) error {
	text, ok, err := d.cfg.Queue.State(ctx, keyStateKey)
	if err != nil || !ok {
		return err
	}
	var stored storedKeyState
	if err := json.Unmarshal(text, &stored); err != nil {
		return fmt.Errorf("read state of the key: %w", err)
	}
	now := d.cfg.Clock.Now()
	d.scheduler.StartWithProbe()
	d.actOnKey(now, d.key.Resume(now, stored.Since))
	return nil
}

// actOnKey does what the key monitor has decided.
func (d *Dispatcher) actOnKey(now time.Time, a keyActions) {
	d.logKey(a.change)
	if a.persist {
		d.storeKey()
	}
	if a.notify && d.cfg.OnKey != nil {
		d.cfg.OnKey(d.key.State(now, d.cfg.Ledger.Held()))
	}
	if a.probe {
		d.scheduler.Probe(now)
	}
	if a.drop {
		d.dropQueued()
	}
}

func (d *Dispatcher) logKey(change keyChange) {
	log, held := d.cfg.Log, d.cfg.Ledger.Held()
	switch change {
	case keyRefused:
		log.Error("amplitude refuses the API key: sending has stopped, events are kept", "held", held)
	case keyAccepted:
		log.Info("amplitude accepts the API key again: sending goes on", "held", held, "dropped", d.key.dropped)
	case keyExpired:
		log.Error("amplitude has refused the API key for too long: queued events are dropped until it takes one",
			"since", d.key.since, "grace", d.key.grace, "dropped_now", d.key.dropped)
	case keyResumedLate:
		log.Warn("the clock was set back since the key was refused: the grace begins anew", "since", d.key.since)
		fallthrough
	case keyResumed:
		log.Warn("amplitude refused the API key before this start: trying it with one upload", "since", d.key.since)
	case keyUnchanged:
	}
}

// storeKey has the queue store since when the key is refused, or that it is not. The end of
// the process does not prevent it.
func (d *Dispatcher) storeKey() {
	refused, state := d.key.refused, storedKeyState{Since: d.key.since.UTC()}
	d.runLast(func(ctx context.Context) func(time.Time) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		var err error
		if refused {
			err = setKeyState(ctx, d.cfg.Queue, state)
		} else {
			err = d.cfg.Queue.DeleteState(ctx, keyStateKey)
		}
		if err != nil {
			d.cfg.Log.Error("state of the API key cannot be stored: after a restart the grace begins anew", "err", err)
		}
		return func(time.Time) {}
	})
}

func setKeyState(ctx context.Context, q queue.State, state storedKeyState) error {
	text, err := json.Marshal(state)
	if err != nil {
		return err
	}
	return q.SetState(ctx, keyStateKey, text)
}

// dropQueued drops everything that is queued at present.
func (d *Dispatcher) dropQueued() {
	if d.dropping {
		return
	}
	d.dropping = true
	d.run(func(ctx context.Context) func(time.Time) {
		position, err := d.cfg.Queue.Position(ctx)
		return func(now time.Time) {
			d.dropping = false
			switch {
			case !d.key.refused: // a key was accepted meanwhile
			case err == nil:
				d.dropBefore = position
				d.actOnKey(now, d.key.Dropped(d.dropExpired(now)))
				d.applyCounts()
			case ctx.Err() == nil:
				d.cfg.Log.Error("queued events cannot be dropped, will try again", "err", err)
			}
		}
	})
}

// dropExpired drops the events in flight that were queued before dropBefore, and
// returns how many. Those that are being sent or delayed are dropped later, if they
// are still here.
func (d *Dispatcher) dropExpired(now time.Time) (dropped int64) {
	for _, e := range d.scheduler.Remove(now, func(e *delivery.Event) bool { return d.isExpired(eventOf(e)) }) {
		d.expire(now, eventOf(e))
		dropped++
	}
	return dropped + d.expireDeferred(now)
}

func (d *Dispatcher) expireDeferred(now time.Time) (dropped int64) {
	for _, e := range d.deferrals.Remove(d.isExpired) {
		d.expire(now, e)
		dropped++
	}
	return dropped
}

func (d *Dispatcher) isExpired(e *event) bool {
	return d.dropBefore.Includes(e.chunk.seq, e.chunk.redelivered)
}
