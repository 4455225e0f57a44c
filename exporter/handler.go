package exporter

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// Handler returns the HTTP surface: POST /events for the Custom HTTP connector,
// GET /healthz, /readyz, and /stats with the ledger as JSON. Posts are answered
// when their events are in the queue; delivery needs Run.
func (x *Exporter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /events", &source.Connector{Token: x.cfg.Token, Take: x.takePost})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", x.readyz)
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, x.Ledger())
	})
	return mux
}

// readyz is 200 while a post would be taken and delivered.
func (x *Exporter) readyz(w http.ResponseWriter, _ *http.Request) {
	x.mu.RLock()
	draining := x.draining
	x.mu.RUnlock()
	switch {
	case draining:
		respond(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
	case !x.running.Load():
		respond(w, http.StatusServiceUnavailable, map[string]string{"status": "not delivering yet"})
	default:
		respond(w, http.StatusOK, map[string]string{"status": "ready"})
	}
}

// takePost stores all events of a post in one piece, or none.
func (x *Exporter) takePost(ctx context.Context, events iter.Seq2[currents.Event, error]) (source.Receipt, error) {
	var receipt source.Receipt
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.draining {
		return receipt, source.ErrBusy
	}
	in := x.newIntake("post", receipt.Name)
	for ev, err := range events {
		if err != nil {
			receipt.Unread++
		} else {
			receipt.Decoded++
		}
		if err := in.take(ev, err); err != nil {
			return receipt, err
		}
	}
	receipt.Accepted = len(in.records)
	receipt.Dropped = in.counts.Dropped
	if err := x.store(ctx, in); err != nil {
		x.log.Warn("post turned away", "err", err)
		return receipt, source.ErrBusy
	}
	for _, text := range receipt.Errors {
		x.log.Warn("event dropped", "err", text)
	}
	return receipt, nil
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status is out: nothing better can be said if this fails.
	_ = json.NewEncoder(w).Encode(body)
}
