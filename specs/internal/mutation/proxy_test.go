package mutation

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/ammeter/ammeter/specs"
)

// subject starts our exporter between two proxies of the mutant.
func (m mutant) subject() specs.Subject {
	return specs.SubjectFunc(func(ctx context.Context, env specs.Env) (specs.Instance, error) {
		users := &brazeUsers{users: map[string]json.RawMessage{}}
		printed := &specs.Output{}
		amplitude := env.AmplitudeURL
		out := proxy(func(event object) {
			if m.amplitude != nil {
				m.amplitude(event, users)
			}
		}, func(path string, body []byte) answer {
			a := m.uploaded(func() answer { return post(amplitude+path, body) })
			if m.prints != nil {
				_, _ = printed.Write(m.prints(a))
			}
			return a
		})
		env.AmplitudeURL = out.URL
		healthy, err := inProcess(ctx, env)
		if err != nil {
			return nil, err
		}
		in := proxy(func(event object) {
			users.note(event)
			if m.currents != nil {
				m.currents(event)
			}
		}, func(path string, body []byte) answer { return post(healthy.URL()+path, body) })
		return &spoiled{Instance: healthy, in: in, out: out, printed: printed}, nil
	})
}

func (m mutant) uploaded(send func() answer) answer {
	if m.upload == nil {
		return send()
	}
	return m.upload(send)
}

type spoiled struct {
	specs.Instance
	in, out *httptest.Server
	printed *specs.Output
}

func (s *spoiled) URL() string    { return s.in.URL }
func (s *spoiled) Output() []byte { return append(s.Instance.Output(), s.printed.Bytes()...) }

func (s *spoiled) Stop(ctx context.Context) error {
	err := s.Instance.Stop(ctx)
	s.in.Close()
	s.out.Close()
	return err
}

// proxy spoils each member of the events array of a post and hands the post on.
func proxy(spoil func(object), handOn func(path string, body []byte) answer) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body object
		var events []object
		if json.NewDecoder(r.Body).Decode(&body) != nil || json.Unmarshal(body["events"], &events) != nil {
			http.Error(w, "not a post of events", http.StatusBadRequest)
			return
		}
		for _, e := range events {
			spoil(e)
		}
		text, err := json.Marshal(events)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		body["events"] = text
		a := handOn(r.URL.Path, encoded(body))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	}))
}

// post posts JSON. A post that cannot be made is answered like a gateway would.
func post(url string, body []byte) answer {
	resp, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return answer{status: http.StatusBadGateway}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{status: http.StatusBadGateway}
	}
	return answer{resp.StatusCode, text}
}
