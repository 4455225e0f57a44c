package mutant

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// batching are defects of the size of requests.
var batching = []Mutant{
	{
		Name: "backlog-in-one-request", Defect: "sends all that an outage has left in one request, whatever its size",
		upload: func(g *harness, next sender) sender {
			h := &hoard{harness: g, next: next}
			g.busy = h.busy
			go h.run() // ends with the harness
			return h.send
		},
	},
}

// hoard keeps all uploads from the first 503 on, and tries them as one.
type hoard struct {
	harness *harness
	next    sender

	mu   sync.Mutex // guards what follows
	kept upload
}

func (h *hoard) busy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.kept.events) > 0
}

func (h *hoard) keep(u upload) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := append(h.kept.events, u.events...) //nolint:gocritic // it is the same slice, under the other fields of u
	h.kept = u.of(all)
}

func (h *hoard) send(ctx context.Context, u upload) (answer, error) {
	if !h.busy() {
		a, err := h.next(ctx, u)
		if err != nil || a.status != http.StatusServiceUnavailable {
			return a, err
		}
	}
	h.keep(u)
	return taken(len(u.events)), nil
}

func (h *hoard) run() {
	const between = 300 * time.Millisecond
	for h.harness.wait(h.harness.ctx, between) {
		h.mu.Lock()
		all := h.kept
		h.mu.Unlock()
		if len(all.events) > 0 && h.deliver(all) {
			h.mu.Lock()
			h.kept = h.kept.of(append([]json.RawMessage(nil), h.kept.events[len(all.events):]...))
			h.mu.Unlock()
		}
	}
}

// deliver halves what is too large, so that nothing is lost.
func (h *hoard) deliver(u upload) bool {
	a, err := h.next(h.harness.ctx, u)
	if err == nil && a.status == http.StatusRequestEntityTooLarge && len(u.events) > 1 {
		half := len(u.events) / 2
		return h.deliver(u.of(u.events[:half])) && h.deliver(u.of(u.events[half:]))
	}
	return err == nil && a.ok()
}
