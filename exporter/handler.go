package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/metrics"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// Handler returns the whole HTTP surface: that of PostHandler and StatusHandler.
func (x *Exporter) Handler() http.Handler {
	mux := http.NewServeMux()
	x.addPosts(mux)
	x.addStatus(mux)
	x.addHealth(mux)
	return mux
}

// PostHandler returns what the Custom HTTP connector needs: POST /events, GET
// /healthz and /readyz. Posts are answered when their events are in the queue;
// delivery needs Run.
func (x *Exporter) PostHandler() http.Handler {
	mux := http.NewServeMux()
	x.addPosts(mux)
	x.addHealth(mux)
	return mux
}

// StatusHandler returns what an operator needs: GET /stats with the ledger as JSON,
// /metrics for Prometheus, /healthz and /readyz.
func (x *Exporter) StatusHandler() http.Handler {
	mux := http.NewServeMux()
	x.addStatus(mux)
	x.addHealth(mux)
	return mux
}

func (x *Exporter) addPosts(mux *http.ServeMux) {
	mux.Handle("POST /events", &source.Connector{Token: x.cfg.Token, MaxBody: x.cfg.MaxBody, Take: x.takePost})
}

func (x *Exporter) addStatus(mux *http.ServeMux) {
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, x.Ledger())
	})
	mux.Handle("GET /metrics", metrics.Handler(x.snapshot))
}

func (x *Exporter) addHealth(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", x.readyz)
}

// readyz is 200 while a post would be stored and delivered. That the key is refused
// changes nothing about it: events are kept.
func (x *Exporter) readyz(w http.ResponseWriter, r *http.Request) {
	status, code := "ready", http.StatusServiceUnavailable
	if x.isDraining() {
		status = "draining"
	} else if !x.running.Load() {
		status = "not delivering yet"
	} else if obstacle := x.obstacle(r.Context()); obstacle != "" {
		status = obstacle
	} else {
		code = http.StatusOK
	}
	respond(w, code, map[string]string{"status": status, "queue": x.QueueDescription()})
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
	for record, err := range x.mapper.MapAll(events) {
		if _, unread := errors.AsType[*currents.Error](err); unread {
			receipt.Unread++
		} else {
			receipt.Decoded++
		}
		if err := in.take(record, err); err != nil {
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
