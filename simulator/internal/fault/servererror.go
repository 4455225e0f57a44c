package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/ammeter/ammeter/simulator/control"
)

// serverError answers 5xx with the published meaning: after 500, 502 and 504 the
// events may or may not have been ingested, after 503 they have not (HTTP V2 API
// page). How often they were is not published; a half is a guess.
type serverError struct {
	answer *Answer
	taken  float64
}

func newServerError(f control.ServerErrorFault) (effect, error) {
	s := serverError{taken: 0.5}
	switch f.Status {
	case 0:
		f.Status = http.StatusInternalServerError
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
	case http.StatusServiceUnavailable:
		s.taken = 0
	default:
		return nil, fmt.Errorf("server_error: status %d: want 500, 502, 503 or 504; for another one use status", f.Status)
	}
	if f.Taken != nil {
		s.taken = *f.Taken
	}
	if f.Status == http.StatusServiceUnavailable && s.taken != 0 {
		return nil, errors.New("server_error: a 503 promises that nothing was taken; to break that promise use status")
	}
	if err := probability("server_error: taken", s.taken); err != nil {
		return nil, err
	}
	var err error
	s.answer, err = madeUp(f.Status, f.Format, http.StatusText(f.Status))
	return s, err
}

func (s serverError) strike(draw *rand.Rand) Action {
	return Action{Kind: ServerError, Taken: coin(draw, s.taken), Instead: s.answer}
}
