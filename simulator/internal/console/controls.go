package console

import (
	"net/http"

	"github.com/ammeter/ammeter/simulator/control"
)

type controlsPage struct {
	Keys   []control.Key
	Faults []control.Fault
	Limits *control.Limits // of the scope; nil for those of the start
}

func (c *Console) controls(r *http.Request) (any, error) {
	const most = 100 // keys
	scope := r.URL.Query().Get("key")
	p := controlsPage{Faults: c.Service.Faults.List(scope, c.Service.Instant())}
	for _, k := range c.Service.Keys.List() {
		if scope == "" && len(p.Keys) < most {
			p.Keys = append(p.Keys, k)
		} else if k.APIKey == scope {
			p.Keys, p.Limits = []control.Key{k}, k.Limits
		}
	}
	return p, nil
}
