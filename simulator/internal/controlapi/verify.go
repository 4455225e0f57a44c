package controlapi

import (
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/journal"
	"github.com/ammeter/ammeter/simulator/internal/outcome"
	"github.com/ammeter/ammeter/simulator/internal/verify"
)

// verify judges a claim about the events of a key's project.
func (h *handler) verify(c echo.Context) error {
	var in control.Verification
	if err := input(c, &in); err != nil {
		return err
	}
	for _, m := range append(in.Sequence, in.Match) {
		if m.Outcome != "" && !outcome.Known(m.Outcome) {
			return fmt.Errorf("outcome %q: want accepted, duplicate, throttled, rejected or faulted", m.Outcome)
		}
	}
	account := h.Account(in.APIKey)
	verdict, err := verify.Judge(in, verify.Source{
		Events: func(q control.Query) iter.Seq[control.Event] {
			return h.Journal.AllEvents(journal.Query{Account: account, Query: q})
		},
		Evicted: func(since time.Time) uint64 { return h.Journal.Evicted(account, since) },
		Ledger:  func() control.Ledger { return h.Journal.Ledger(account) },
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, verdict)
}
