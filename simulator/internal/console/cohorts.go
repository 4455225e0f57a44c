package console

import (
	"net/http"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
)

// Bounds of the page of cohorts.
const (
	maxMembers  = 100 // ids of a cohort that are listed
	maxPartners = 50  // requests of partners
)

type cohortsPage struct {
	List     []cohortRow
	Braze    []control.BrazeCohort
	Requests []control.BrazeRequest // newest first
	Sections map[string]section
}

// cohortRow is a cohort with its buttons.
type cohortRow struct {
	control.Cohort
	Members []string // the first of them
	Count   int
	Quick   []form
}

func (c *Console) cohorts(r *http.Request) (any, error) {
	key := r.URL.Query().Get("key")
	p := cohortsPage{Braze: c.Braze.Cohorts(""), Requests: c.Braze.Requests(""), Sections: sections(key)}
	slices.Reverse(p.Requests)
	p.Requests = p.Requests[:min(len(p.Requests), maxPartners)]
	for _, of := range c.Cohorts.List(key) {
		all := slices.Concat(of.UserIDs, of.DeviceIDs)
		row := cohortRow{Cohort: of, Members: all[:min(len(all), maxMembers)], Count: len(all)}
		id := map[string]string{"id": of.ID}
		if of.Sync != nil {
			row.Quick = append(row.Quick, quick("syncCohort", "Sync now", id))
		}
		row.Quick = append(row.Quick, quick("deleteCohort", "Delete", id))
		p.List = append(p.List, row)
	}
	return p, nil
}
