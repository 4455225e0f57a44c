package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/cohort/braze"
	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/intake"
)

// PartnersPrefix begins the paths of the simulated Braze.
const PartnersPrefix = "/partners/"

// largestImport bounds the body of an import: a thousand ids of a kilobyte, twice.
const largestImport = 2 << 20

type partners struct {
	service  *intake.Service
	braze    *braze.Braze
	success  int
	envelope string
}

// Partners returns the handler of the simulated Braze. Faults whose target names
// no more than its paths hit it as well.
func Partners(s *intake.Service, b *braze.Braze) http.Handler {
	p := &partners{s, b, http.StatusCreated, s.Behavior().Get(fidelity.BrazeEnvelope)}
	if s.Behavior().Is(fidelity.BrazeSuccess, "200") {
		p.success = http.StatusOK
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+b.PathCohorts, p.handle(b.Name))
	mux.HandleFunc("POST "+b.PathUsers, p.handle(b.Users))
	return mux
}

func (p *partners) handle(do func([]byte, time.Time) braze.Answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestImport))
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			send(w, p.answerOf(braze.Answer{Status: http.StatusRequestEntityTooLarge, Message: "Request body too large"}))
			return
		}
		if err != nil {
			return // the client went away while it sent
		}
		now := p.service.Clock.Now()
		action, struck := p.service.Faults.Decide(fault.Request{Endpoint: r.URL.Path}, fault.Now{Simulated: now, Real: p.service.Clock.Wall()})
		var genuine fault.Answer
		if !struck || action.Taken {
			a := do(text, now)
			if a.Status == http.StatusCreated {
				a.Status = p.success
			}
			genuine = p.answerOf(a)
		}
		if struck {
			d := action.Deliver(genuine)
			_ = deliver(w, r, &d) // the client went away
			return
		}
		send(w, genuine)
	}
}

// answerOf puts an answer into the envelope.
func (p *partners) answerOf(a braze.Answer) fault.Answer {
	if p.envelope == "empty" {
		return fault.Answer{Status: a.Status}
	}
	envelope := struct {
		Message string   `json:"message"`
		Errors  []string `json:"errors,omitempty"`
	}{Message: a.Message}
	if p.envelope == "errors" && a.Status/100 != 2 {
		envelope.Errors = []string{a.Message}
	}
	text, err := json.Marshal(envelope)
	if err != nil {
		panic(err) // strings always have JSON
	}
	return fault.Answer{Status: a.Status, Header: http.Header{"Content-Type": {"application/json"}}, Body: append(text, '\n')}
}

func send(w http.ResponseWriter, a fault.Answer) {
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // the client went away
}
