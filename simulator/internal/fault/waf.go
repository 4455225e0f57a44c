package fault

import (
	"math/rand/v2"
	"net/http"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/control"
)

// waf answers 403, as the web application firewall in front of the service does.
type waf struct{ answer *Answer }

func newWAF(f control.WAFFault) (effect, error) {
	made, err := madeUp(http.StatusForbidden, f.Format, amplitude.ErrorForbidden)
	return waf{made}, err
}

func (w waf) strike(*rand.Rand) Action { return Action{Kind: WAF, Instead: w.answer} }
