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
		out := proxy(env.AmplitudeURL, func(event object) {
			if m.amplitude != nil {
				m.amplitude(event, users)
			}
		})
		env.AmplitudeURL = out.URL
		healthy, err := inProcess(ctx, env)
		if err != nil {
			return nil, err
		}
		in := proxy(healthy.URL(), func(event object) {
			users.note(event)
			if m.currents != nil {
				m.currents(event)
			}
		})
		return &spoiled{Instance: healthy, in: in, out: out}, nil
	})
}

type spoiled struct {
	specs.Instance
	in, out *httptest.Server
}

func (s *spoiled) URL() string { return s.in.URL }

func (s *spoiled) Stop(ctx context.Context) error {
	err := s.Instance.Stop(ctx)
	s.in.Close()
	s.out.Close()
	return err
}

// proxy forwards posts to base after spoiling each member of their events array.
func proxy(base string, spoil func(object)) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var post object
		var events []object
		if json.NewDecoder(r.Body).Decode(&post) != nil || json.Unmarshal(post["events"], &events) != nil {
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
		post["events"] = text
		forward(w, r, base, encoded(post))
	}))
}

func forward(w http.ResponseWriter, r *http.Request, base string, body []byte) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, base+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}
