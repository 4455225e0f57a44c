package mutant

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// posted is a post of Currents events.
type posted struct {
	body []byte
	// events are its events; nil when the body cannot be read.
	events []json.RawMessage
}

func readPost(r *http.Request) posted {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return posted{}
	}
	p := posted{body: body}
	var batch struct {
		Events []json.RawMessage `json:"events"`
	}
	if json.Unmarshal(body, &batch) == nil {
		p.events = batch.Events
	}
	return p
}

// repost hands a post on with another body.
func repost(next http.Handler, w http.ResponseWriter, r *http.Request, body []byte) {
	again := r.Clone(r.Context())
	again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	next.ServeHTTP(w, again)
}

func batchOf(events []json.RawMessage) []byte { return encoded(map[string]any{"events": events}) }

// swallow answers a post as if it had been taken.
func swallow(w http.ResponseWriter) {
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(`{"accepted":0}`))
}

// posts wraps the taking of posts and leaves every other request alone.
func posts(take func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted)) func(*harness, http.Handler) http.Handler {
	return func(g *harness, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				next.ServeHTTP(w, r)
				return
			}
			take(g, next, w, r, readPost(r))
		})
	}
}

// rewriting changes each event of a post; an event it returns nil for is left out.
func rewriting(change func(g *harness, event object) object) func(*harness, http.Handler) http.Handler {
	return posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
		if p.events == nil {
			repost(next, w, r, p.body)
			return
		}
		kept := []json.RawMessage{}
		for _, raw := range p.events {
			if changed := change(g, decoded(raw)); changed != nil {
				kept = append(kept, encoded(changed))
			}
		}
		repost(next, w, r, batchOf(kept))
	})
}

// losing swallows a post whole when one of its events, or its bytes, are such.
func losing(bad func(p posted) bool) func(*harness, http.Handler) http.Handler {
	return posts(func(_ *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
		if bad(p) {
			swallow(w)
			return
		}
		repost(next, w, r, p.body)
	})
}
