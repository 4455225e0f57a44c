package mutant

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/ammeter/ammeter/exporter"
)

// intake are defects of taking posts.
var intake = []Mutant{
	{
		Name: "full-queue-loses", Defect: "drops what it has taken when its queue is full", Like: "M4",
		post: posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
			const room = 500
			if g.exporter.Ledger().Held > room {
				swallow(w)
				return
			}
			repost(next, w, r, p.body)
		}),
	},
	{
		Name: "full-queue-refuses", Defect: "answers 400 when its queue is full",
		post: posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
			const room = 500
			if g.exporter.Ledger().Held > room {
				http.Error(w, "queue is full", http.StatusBadRequest)
				return
			}
			repost(next, w, r, p.body)
		}),
	},
	{
		Name: "taken-before-stored", Defect: "says that a post is taken before it is stored", Like: "M18",
		post: posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
			const lag = 300 * time.Millisecond
			later := r.Clone(g.ctx)
			g.work.Go(func() {
				if g.wait(g.ctx, lag) {
					repost(next, httptest.NewRecorder(), later, p.body)
				}
			})
			swallow(w)
		}),
	},
	{
		Name: "kept-in-memory", Defect: "keeps what it has taken where it is gone after a restart", Like: "M19",
		config: func(c *exporter.Config) { c.Queue = exporter.Queue{} },
	},
	{
		Name: "device-queue-overflows", Defect: "drops what one device sends beyond sixty events",
		post: rewriting(func(g *harness, event object) object {
			const room = 60
			if g.add("events of "+text(member(event, "user"), "device_id"), 1) > room {
				return nil
			}
			return event
		}),
	},
	{
		Name: "bad-event-costs-the-post", Defect: "loses a whole post for one event that is none",
		post: losing(func(p posted) bool {
			return slices.ContainsFunc(p.events, func(raw json.RawMessage) bool { return raw[0] != '{' })
		}),
	},
	{
		Name: "broken-post-is-the-end", Defect: "takes no more posts after one that is not JSON",
		post: posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
			if !json.Valid(p.body) {
				g.add("broken", 1)
			}
			if g.add("broken", 0) > 0 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			repost(next, w, r, p.body)
		}),
	},
	{
		Name: "huge-event-costs-the-post", Defect: "loses a whole post that is larger than 4 MB",
		post: losing(func(p posted) bool {
			const huge = 4 << 20
			return len(p.body) > huge
		}),
	},
	{
		Name: "bad-utf8-costs-the-post", Defect: "loses a whole post with bytes that are not UTF-8",
		post: losing(func(p posted) bool { return !utf8.Valid(p.body) }),
	},
	{
		Name: "deep-event-is-the-end", Defect: "goes down when an event is nested deeply",
		post: posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
			const deep = 500
			if bytes.Contains(p.body, bytes.Repeat([]byte("["), deep)) {
				g.add("deep", 1)
			}
			if g.add("deep", 0) > 0 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			repost(next, w, r, p.body)
		}),
	},
	{
		Name: "deaf", Defect: "takes every post and sends nothing",
		post: losing(func(posted) bool { return true }),
	},
	{
		Name: "ends-at-once", Defect: "ends when told so, whatever it holds", Quits: true,
	},
}
