package exporter

import (
	"context"
	"errors"
	"net/http"
	"path"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/metrics"
	"github.com/ammeter/ammeter/exporter/internal/onepass"
	"github.com/ammeter/ammeter/exporter/internal/queue/jetstream"
	"github.com/ammeter/ammeter/exporter/internal/respond"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// Handler returns the whole HTTP surface: that of PostHandler and StatusHandler. The
// status pages are for this machine only, unless there is a Config.AdminToken.
func (x *Exporter) Handler() http.Handler {
	mux := http.NewServeMux()
	x.addPosts(mux)
	x.addStatus(mux, false)
	x.addHealth(mux)
	return x.cleanPaths(mux)
}

// PostHandler returns what the Custom HTTP connector needs: POST /events, GET
// /healthz and /readyz. Posts are answered when their events are in the queue;
// delivery needs Run.
func (x *Exporter) PostHandler() http.Handler {
	mux := http.NewServeMux()
	x.addPosts(mux)
	x.addHealth(mux)
	return x.cleanPaths(mux)
}

// StatusHandler returns what an operator needs: GET /stats with the ledger as JSON,
// /lanes with those that wait, /metrics for Prometheus, /healthz and /readyz, and POST
// /lanes/{lane}/pause and resume. A Config.AdminToken is required, but not for
// /healthz and /readyz. Without one no lane is paused.
func (x *Exporter) StatusHandler() http.Handler {
	mux := http.NewServeMux()
	x.addStatus(mux, true)
	x.addHealth(mux)
	return mux
}

// cleanPaths refuses what the multiplexer would answer itself, so that it would be neither
// logged nor counted: posts to paths such as //events, which it would redirect, and the first
// line of HTTP/2 without TLS.
func (x *Exporter) cleanPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI == "*" {
			x.unknownProtocol(w, r)
			return
		}
		if r.Method == http.MethodPost && r.URL.Path != path.Clean("/"+r.URL.Path) {
			x.wrongPath(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (x *Exporter) addPosts(mux *http.ServeMux) {
	mux.Handle("POST /events", x.guardPosts(&source.Connector{
		Token: x.tokens.ofPosts, MaxBody: x.cfg.MaxBody, Store: x.storePost, Refused: x.refusePost,
	}))
	mux.HandleFunc("/events", x.wrongMethod)
	mux.HandleFunc("/", x.wrongPath)
}

func (x *Exporter) addStatus(mux *http.ServeMux, everywhere bool) {
	stats := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { respond.JSON(w, http.StatusOK, x.Stats()) })
	mux.Handle("GET /stats", x.guardStatus(everywhere, stats))
	mux.Handle("GET /lanes", x.guardStatus(everywhere, http.HandlerFunc(x.lanesPage)))
	mux.Handle("POST /lanes/{lane}/pause", x.guardStatus(everywhere, x.changeLane(x.PauseLane)))
	mux.Handle("POST /lanes/{lane}/resume", x.guardStatus(everywhere, x.changeLane(x.ResumeLane)))
	mux.Handle("GET /metrics", x.guardStatus(everywhere, metrics.Handler(x.snapshot, x.uploads)))
}

func (x *Exporter) addHealth(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		respond.JSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", x.readyz)
}

// readyz answers 200 while posts are stored and delivered.
func (x *Exporter) readyz(w http.ResponseWriter, r *http.Request) {
	status, code := "ready", http.StatusOK
	if err := x.unready(r.Context()); err != nil {
		status, code = err.Error(), http.StatusServiceUnavailable
	}
	respond.JSON(w, code, map[string]string{"status": status, "queue": x.queueKind()})
}

// maxReportedOfPost bounds the bad events of a post that OnBadInput is called for: a post of
// 32 MB can hold ten million. All are counted.
const maxReportedOfPost = 1000

// postName is the name of a post as an input.
const postName = "post"

// storePost stores all events of a post, or none.
func (x *Exporter) storePost(ctx context.Context, body []byte) (source.Receipt, error) {
	var receipt source.Receipt
	if x.isDraining() {
		return receipt, source.ErrBusy
	}
	var bad []error // reported when the post is stored: a refused post comes again
	in := x.newBatch(postName, func(record int64, err error) {
		if len(bad) < maxReportedOfPost {
			bad = append(bad, placed(postName, record, err))
			receipt.AddError(bad[len(bad)-1])
		}
	})
	for record, err := range onepass.Body(x.mapper, postName, body) {
		if bad, unread := errors.AsType[*currents.Error](err); unread {
			receipt.Unread++
			if bad.Cut {
				receipt.AddError(placed(postName, in.recordNo+1, err))
				return receipt, source.ErrCut
			}
			if receipt.Unread > source.MaxUnread {
				return receipt, source.ErrUnread
			}
		} else {
			receipt.Decoded++
		}
		if err := in.take(record, err); err != nil {
			return receipt, err
		}
	}
	if receipt.Unread > 0 && receipt.Decoded == 0 {
		return receipt, source.ErrNoEvents
	}
	receipt.Accepted = len(in.records)
	receipt.Dropped = in.counts.Dropped
	if err := x.store(ctx, in); err != nil {
		x.rateLog.Warn("store", "events of a post cannot be stored", "err", err)
		if errors.Is(err, jetstream.ErrNeverFits) {
			return receipt, source.ErrNeverFits
		}
		return receipt, source.ErrBusy
	}
	for _, err := range bad {
		x.cfg.OnBadInput(err)
	}
	return receipt, nil
}
