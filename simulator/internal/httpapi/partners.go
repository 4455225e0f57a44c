package httpapi

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/internal/cohort/braze"
	"github.com/ammeter/ammeter/simulator/internal/fault"
	"github.com/ammeter/ammeter/simulator/internal/fidelity"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
)

// PartnersPrefix begins the paths of the simulated Braze.
const PartnersPrefix = "/partners/"

// largestImport bounds the body of an import: a thousand ids of a kilobyte, twice.
const largestImport = 2 << 20

type partners struct {
	deliverer
	service  *ingestion.Service
	braze    *braze.Braze
	success  int
	envelope string
}

// Partners returns the handler of the simulated Braze. Faults hit whatever it answers,
// unless their target names more than a path.
func Partners(s *ingestion.Service, b *braze.Braze, closing <-chan struct{}) http.Handler {
	p := &partners{deliverer{closing}, s, b, http.StatusCreated, s.Behavior().Get(fidelity.BrazeEnvelope)}
	if s.Behavior().Is(fidelity.BrazeSuccess, "200") {
		p.success = http.StatusOK
	}
	imports := map[string]func([]byte, time.Time) braze.Answer{b.PathCohorts: b.Name, b.PathUsers: b.Users}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		do, known := imports[r.URL.Path]
		switch {
		case !known:
			p.answer(w, r, func(time.Time) fault.Answer { return p.envelop(http.StatusNotFound, "Not found") })
		case r.Method != http.MethodPost:
			p.answer(w, r, func(time.Time) fault.Answer { return p.wrongMethod() })
		default:
			p.read(w, r, do)
		}
	})
}

// read reads an import and answers it.
func (p *partners) read(w http.ResponseWriter, r *http.Request, do func([]byte, time.Time) braze.Answer) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestImport))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		p.answer(w, r, func(time.Time) fault.Answer {
			return p.envelop(http.StatusRequestEntityTooLarge, "Request body too large")
		})
		return
	}
	if err != nil {
		return // the client went away while it sent
	}
	p.answer(w, r, func(now time.Time) fault.Answer {
		a := do(text, now)
		if a.Status == http.StatusCreated {
			a.Status = p.success
		}
		return p.envelop(a.Status, a.Message)
	})
}

// answer sends an answer, unless a fault has the request fail before there is one.
func (p *partners) answer(w http.ResponseWriter, r *http.Request, answer func(now time.Time) fault.Answer) {
	d := p.service.Unrecorded(r.URL.Path, answer)
	_ = p.deliver(w, r, &d) // the client went away
}

func (p *partners) wrongMethod() fault.Answer {
	a := p.envelop(http.StatusMethodNotAllowed, "Method not allowed")
	if a.Header == nil {
		a.Header = http.Header{}
	}
	a.Header.Set("Allow", http.MethodPost)
	return a
}

// envelop makes an answer in the envelope.
func (p *partners) envelop(status int, message string) fault.Answer {
	if p.envelope == "empty" {
		return fault.Answer{Status: status}
	}
	envelope := struct {
		Message string   `json:"message"`
		Errors  []string `json:"errors,omitempty"`
	}{Message: message}
	if p.envelope == "errors" && status/100 != 2 {
		envelope.Errors = []string{message}
	}
	text, err := json.Marshal(envelope)
	if err != nil {
		panic(err) // strings always have JSON
	}
	return fault.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: append(text, '\n')}
}
