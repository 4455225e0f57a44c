package mutant

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"sync"
)

// passage is what became of a request on its way through a defect.
type passage struct {
	mu     sync.Mutex // guards the fields below
	calls  int        // how often it went on
	sent   []byte
	status int
	answer []byte
	err    error
}

type passageKey struct{}

// note notes that the request of the context went on.
func note(ctx context.Context, sent []byte, status int, answer []byte, err error) {
	p, ok := ctx.Value(passageKey{}).(*passage)
	if !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	p.sent, p.status, p.answer, p.err = sent, status, answer, err
}

// unchanged reports whether a request went on once, and neither it nor its answer was changed.
func (p *passage) unchanged(sent []byte, status int, answer []byte, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls == 1 && p.status == status && (p.err == nil) == (err == nil) && same(p.sent, sent) && same(p.answer, answer)
}

// watchUploads wraps the defect of the sending of uploads. It notes when an upload or its
// answer is not what it was.
func (g *harness) watchUploads(defect func(*harness, sender) sender, send sender) sender {
	spoiled := defect(g, func(ctx context.Context, u upload) (answer, error) {
		a, err := send(ctx, u)
		note(ctx, u.body(), a.status, a.body, err)
		return a, err
	})
	return func(ctx context.Context, u upload) (answer, error) {
		p := &passage{}
		a, err := spoiled(context.WithValue(ctx, passageKey{}, p), u)
		if !p.unchanged(u.body(), a.status, a.body, err) {
			g.acted()
		}
		return a, err
	}
}

// watchPosts does so for the taking of posts. Of an answer it looks at the status.
func (g *harness) watchPosts(defect func(*harness, http.Handler) http.Handler, take http.Handler) http.Handler {
	spoiled := defect(g, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		take.ServeHTTP(seen, r)
		note(r.Context(), body, seen.status, nil, err)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		p := &passage{}
		r = r.WithContext(context.WithValue(r.Context(), passageKey{}, p))
		r.Body = io.NopCloser(bytes.NewReader(body))
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		spoiled.ServeHTTP(seen, r)
		if !p.unchanged(body, seen.status, nil, err) {
			g.acted()
		}
	})
}

// statusWriter keeps the status of an answer.
type statusWriter struct {
	http.ResponseWriter

	status int
}

// WriteHeader keeps the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// same reports whether two texts are the same JSON, or the same bytes.
func same(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, okX := value(a)
	y, okY := value(b)
	return okX && okY && reflect.DeepEqual(x, y)
}

// value reads a JSON text. Numbers keep their digits.
func value(text []byte) (v any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil, false
	}
	_, err := d.Token()
	return v, err == io.EOF
}
