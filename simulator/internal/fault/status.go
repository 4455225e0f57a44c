package fault

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/ammeter/ammeter/simulator/control"
)

// status answers with a status and a body that the rule gives.
type status struct {
	answer *Answer
	taken  float64
}

func newStatus(f control.StatusFault) (effect, error) {
	if f.Status < 200 || f.Status > 599 {
		return nil, fmt.Errorf("status %d: want 200 to 599", f.Status)
	}
	text := http.StatusText(f.Status)
	if text == "" {
		text = "Unknown"
	}
	made, err := madeUp(f.Status, f.Format, text)
	if err != nil {
		return nil, err
	}
	if f.Body != "" {
		made.Body = []byte(f.Body)
	}
	if f.Status == http.StatusNoContent || f.Status == http.StatusNotModified {
		made.Body = nil // these statuses have none
	}
	for name, value := range f.Headers {
		if err := checkHeader(name, value); err != nil {
			return nil, err
		}
		made.Header.Set(name, value)
	}
	return status{made, f.Taken}, probability("taken", f.Taken)
}

// checkHeader refuses what the server would leave out, or what is its own business.
func checkHeader(name, value string) error {
	switch {
	case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value):
		return fmt.Errorf("headers: %q: not a header that can be sent", name)
	case strings.EqualFold(name, "Content-Length"), strings.EqualFold(name, "Transfer-Encoding"):
		return fmt.Errorf("headers: %q: follows from the body; to break the body off use truncate", name)
	}
	return nil
}

func (s status) strike(draw *rand.Rand) Action {
	return Action{Kind: Status, Taken: coin(draw, s.taken), Instead: s.answer}
}
