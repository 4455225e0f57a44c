package console

import (
	"net/http"
	"slices"

	"github.com/ammeter/ammeter/simulator/control"
)

type cohortsPage struct {
	List     []control.Cohort
	Braze    []control.BrazeCohort
	Requests []control.BrazeRequest // of partners, newest first
}

func (c *Console) cohorts(r *http.Request) (any, error) {
	const most = 50 // requests
	p := cohortsPage{List: c.Cohorts.List(r.URL.Query().Get("key")), Braze: c.Braze.Cohorts(""), Requests: c.Braze.Requests("")}
	slices.Reverse(p.Requests)
	p.Requests = p.Requests[:min(len(p.Requests), most)]
	return p, nil
}
