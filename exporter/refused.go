package exporter

import (
	"maps"
	"net"
	"net/http"
	"sync"

	"github.com/ammeter/ammeter/exporter/internal/respond"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

// Reasons to refuse a request before it reaches the connector.
const (
	wrongPath   = "wrong_path"
	wrongMethod = "wrong_method"
)

// refusedPosts counts posts that were refused, by reason. The zero value is ready.
type refusedPosts struct {
	mu     sync.Mutex // guards counts
	counts map[string]int64
}

func (t *refusedPosts) add(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[string]int64)
	}
	t.counts[reason]++
}

func (t *refusedPosts) snapshot() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// refusePost counts and logs a post that was refused. The sender's address is
// logged, for there may be several senders and one of them is set up wrongly.
func (x *Exporter) refusePost(r *http.Request, why source.Refusal) {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		from = "unknown"
	}
	x.refusePostFrom(from, why)
}

func (x *Exporter) refusePostFrom(from string, why source.Refusal) {
	x.refused.add(why.Reason)
	x.rateLog.Warn("post "+why.Reason, "post refused",
		"status", why.Status, "reason", why.Reason, "from", from, "detail", why.Detail)
}

func (x *Exporter) wrongPath(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		x.refusePost(r, source.Refusal{
			Status: http.StatusNotFound, Reason: wrongPath,
			Detail: "path " + printable(r.URL.Path, maxTypeName) + " takes no posts: the connector's URL must end in /events",
		})
	}
	respond.Error(w, http.StatusNotFound, "not found: posts go to /events")
}

func (x *Exporter) wrongMethod(w http.ResponseWriter, r *http.Request) {
	x.refusePost(r, source.Refusal{
		Status: http.StatusMethodNotAllowed, Reason: wrongMethod,
		Detail: "method " + printable(r.Method, 10) + ": events are taken by POST",
	})
	w.Header().Set("Allow", http.MethodPost)
	respond.Error(w, http.StatusMethodNotAllowed, "events are taken by POST")
}

func (x *Exporter) unknownProtocol(w http.ResponseWriter, r *http.Request) {
	x.refusePost(r, source.Refusal{
		Status: http.StatusBadRequest, Reason: badRequest,
		Detail: "the request is of no path, as HTTP/2 without TLS begins: have the sender, or the proxy in front, speak HTTP/1.1",
	})
	w.Header().Set("Connection", "close")
	respond.Error(w, http.StatusBadRequest, "speak HTTP/1.1, or HTTP/2 over TLS")
}
