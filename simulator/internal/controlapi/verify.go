package controlapi

import (
	"iter"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/verify"
)

// verify judges a claim about the events of a key's project.
func (h *handler) verify(_ echo.Context, in control.Verification) (control.Verdict, error) {
	for _, m := range append(in.Sequence, in.Match) {
		if err := checkOutcome(m.Outcome); err != nil {
			return control.Verdict{}, err
		}
	}
	account, err := h.Account(in.APIKey)
	if err != nil && in.APIKey != "" { // Judge complains about an empty one
		return control.Verdict{}, err
	}
	return verify.Judge(in, verify.Source{
		Events: func(q control.Query) iter.Seq[control.Event] {
			return h.Journal.AllEvents(journal.Query{Account: account, Query: q})
		},
		Evicted: func(since time.Time) uint64 { return h.Journal.Evicted(account, since) },
		Ledger:  func() control.Ledger { return h.Journal.Ledger(account) },
	})
}
