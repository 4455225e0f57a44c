package exporter

import (
	"errors"
	"fmt"
	"time"

	"github.com/ammeter/ammeter/exporter/internal/queue"
	"github.com/ammeter/ammeter/exporter/ledger"
	"github.com/ammeter/ammeter/internal/plural"
)

// Shortfall returns what this process lost or could not keep, though its ledger may add
// up: events that were lost with damaged files, or of which it is not known how many they
// are or what became of them, and dead letters that were not kept. Nil: nothing.
func (x *Exporter) Shortfall() error {
	now := x.Ledger()
	now.Add(x.committer.Before().Negated())
	var errs []error
	if n := now.Dropped[ledger.QueueDamaged]; n > 0 {
		errs = append(errs, fmt.Errorf("%s lost with damaged files of the queue: export their time range again", plural.Of(n, "event")))
	}
	if n := now.Unaccounted; n > 0 {
		errs = append(errs, fmt.Errorf("it is not known what became of %s, for files of the queue are damaged: export their time range again", plural.Of(n, "event")))
	}
	if x.queue.Progress().CountLost {
		errs = append(errs, errors.New("events may be missing, it is not known how many, for files of the queue are damaged: export their time range again"))
	}
	unkept := int64(0)
	for _, n := range now.Unkept {
		unkept += n
	}
	if unkept > 0 {
		errs = append(errs, fmt.Errorf("%s not kept", plural.Of(unkept, "dead letter")))
	}
	return errors.Join(errs...)
}

// unkeptInterval is the time between two log lines about dead letters that are not kept.
const unkeptInterval = time.Minute

// reportUnkept counts dead letters that are not kept, and logs why.
func (x *Exporter) reportUnkept(change ledger.Counts, cause error) {
	x.ledger.Add(change)
	if errors.Is(cause, ErrDeadLetterNotKept) {
		return
	}
	now := x.cfg.Clock.Now()
	if now.Sub(x.unkeptLogged).Abs() < unkeptInterval {
		return
	}
	x.unkeptLogged = now
	if x.cfg.OnDeadLetter != nil {
		x.log.Warn("dead letters are not kept", "by_reason", change.Unkept, "err", cause)
		return
	}
	if errors.Is(cause, queue.ErrNoDeadLetters) {
		x.log.Warn("dead letters are counted and not kept: a queue in memory keeps none", "by_reason", change.Unkept)
		return
	}
	x.log.Error("there is no room for more dead letters: they are counted and not kept; look at them and delete them with the command deadletters purge",
		"by_reason", change.Unkept)
}
