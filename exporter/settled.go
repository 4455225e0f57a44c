package exporter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/dispatch"
	"github.com/ammeter/ammeter/exporter/status"
	"github.com/ammeter/ammeter/internal/plural"
)

// ErrLedger is returned when more events were settled than were read: the ledger is
// wrong, and with it whatever it says of what is left.
var ErrLedger = dispatch.ErrLedger

// errPaused is why a drain ends before its time.
var errPaused = errors.New("their lanes are paused")

// settledInterval is the time between two looks at the queue, should nothing happen
// in between.
const settledInterval = time.Second

// awaitSettled returns when nothing is held, by the ledger and by the queue. Neither
// is believed alone: a count may pass zero on its way to a wrong number, and a queue
// may be empty because its files are damaged.
func (x *Exporter) awaitSettled(ctx context.Context) error {
	for {
		settled := x.settled.next()
		held := x.ledger.Held()
		empty, err := x.holdsNothing(ctx, held)
		switch {
		case empty && held < 0:
			return fmt.Errorf("%w: %d too many", ErrLedger, -held)
		case empty:
			return nil
		case held > 0 && x.isDraining() && x.pausedEvents() == held:
			return unsettled(held, errPaused)
		}
		select {
		case <-settled:
		case <-x.cfg.Clock.After(settledInterval):
		case <-ctx.Done():
			return unsettled(held, errors.Join(err, ctx.Err()))
		}
	}
}

// pausedEvents returns the number of events that wait for nothing but their paused lanes.
func (x *Exporter) pausedEvents() (n int64) {
	paused := x.dispatcher.Stats().Paused
	if paused == 0 {
		return 0
	}
	for _, lane := range x.dispatcher.Lanes(status.Paused, paused).Lanes {
		if !slices.Contains(lane.States, status.Backoff) { // whose uploads are sent again all the same
			n += int64(lane.Events)
		}
	}
	return n
}

func unsettled(held int64, err error) error {
	if held > 0 {
		return fmt.Errorf("%s not delivered: %w", plural.Of(held, "event"), err)
	}
	return fmt.Errorf("the queue holds events that are not delivered: %w", err)
}

// holdsNothing reports whether nothing is held. It looks at the queue only if the ledger
// holds nothing.
func (x *Exporter) holdsNothing(ctx context.Context, held int64) (bool, error) {
	if held > 0 {
		return false, nil
	}
	x.committer.Flush()
	return x.queue.IsSettled(ctx)
}

// emptyTimeout bounds how long a queue in a directory may take to say what it holds.
const emptyTimeout = 5 * time.Second

// IsEmpty reports whether the queue holds nothing that is not settled, by the queue's
// own word. For a queue that others share it is about what this process has received.
func (x *Exporter) IsEmpty(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, emptyTimeout)
	defer cancel()
	return x.queue.IsSettled(ctx)
}
