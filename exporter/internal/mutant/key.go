package mutant

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// key are defects of the reaction to a refused API key and to a firewall.
var key = []Mutant{
	{
		Name: "refused-key-loses", Defect: "drops events while the API key is refused", Like: "M6",
		upload: answering(func(u upload, a answer) answer {
			if a.keyRefused() {
				return taken(len(u.events))
			}
			return a
		}),
	},
	{
		Name: "refused-key-storm", Defect: "tries a refused API key again at once", Like: "M1",
		upload: again(100, answer.keyRefused),
	},
	{
		Name: "refused-key-final", Defect: "does not try an API key again that was refused",
		upload: func(g *harness, next sender) sender {
			refusal := answer{status: http.StatusBadRequest, body: []byte(`{"code":400,"error":"Invalid API key"}`)}
			return func(ctx context.Context, u upload) (answer, error) {
				if g.add("refusals", 0) > 0 {
					return refusal, nil
				}
				a, err := next(ctx, u)
				if err == nil && a.keyRefused() {
					g.add("refusals", 1)
				}
				return a, err
			}
		},
	},
	{
		Name: "grace-without-end", Defect: "keeps events for ever while the API key is refused",
		config: func(c *exporter.Config) { c.CredentialGrace = -1 },
	},
	{
		Name: "grace-is-the-end", Defect: "does not try an API key again when its grace is over",
		upload: func(g *harness, next sender) sender {
			refusal := answer{status: http.StatusBadRequest, body: []byte(`{"code":400,"error":"Invalid API key"}`)}
			var first time.Time
			return func(ctx context.Context, u upload) (answer, error) {
				g.mu.Lock()
				over := !first.IsZero() && g.cfg.CredentialGrace > 0 && now().Sub(first) > g.cfg.CredentialGrace
				g.mu.Unlock()
				if over {
					return refusal, nil
				}
				a, err := next(ctx, u)
				if err == nil && a.keyRefused() {
					g.mu.Lock()
					if first.IsZero() {
						first = now()
					}
					g.mu.Unlock()
				}
				return a, err
			}
		},
	},
	{
		Name: "prints-the-refusal", Defect: "prints what Amplitude says to a refused API key",
		upload: func(g *harness, next sender) sender {
			return answering(func(_ upload, a answer) answer {
				if a.keyRefused() {
					g.cfg.Logger.Error("upload refused", "answer", string(a.body))
				}
				return a
			})(g, next)
		},
	},
	{
		Name: "prints-what-it-cannot-send", Defect: "prints the events that are refused or throttled",
		upload: func(g *harness, next sender) sender {
			return answering(func(_ upload, a answer) answer {
				if !a.ok() && !a.keyRefused() {
					g.cfg.Logger.Error("upload refused", "answer", string(a.body))
				}
				return a
			})(g, next)
		},
	},
	{
		Name: "prints-what-it-cannot-read", Defect: "prints posts that cannot be read",
		post: posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
			if p.events == nil {
				g.cfg.Logger.Error("bad post", "body", string(p.body))
			}
			repost(next, w, r, p.body)
		}),
	},
	{
		Name: "firewall-storm", Defect: "sends again at once after a 401, 403 or 404", Like: "M1",
		upload: again(200, turnedAway),
	},
	{
		Name: "firewall-loses", Defect: "drops events after a 401, 403 or 404", Like: "M6",
		upload: answering(func(u upload, a answer) answer {
			if turnedAway(a) {
				return taken(len(u.events))
			}
			return a
		}),
	},
}

func turnedAway(a answer) bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status == http.StatusNotFound
}

// retrying are defects of the reaction to an Amplitude that is in trouble.
var retrying = []Mutant{
	{
		Name: "error-counts-as-success", Defect: "takes a 5xx for a success", Like: "M11",
		upload: answering(func(u upload, a answer) answer {
			if a.status/100 == 5 {
				return taken(len(u.events))
			}
			return a
		}),
	},
	{
		Name: "broken-connection-loses", Defect: "drops events when the connection breaks",
		upload: func(_ *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err != nil && !errors.Is(err, context.Canceled) {
					return taken(len(u.events)), nil
				}
				return a, err
			}
		},
	},
	{
		Name: "new-insert-id-on-retry", Defect: "gives an event a new insert_id when it sends it again", Like: "M10",
		upload: func(g *harness, next sender) sender {
			return g.changeEvents(func(event, _ object) {
				id := text(event, "insert_id")
				if g.add("sent "+id, 1) > 1 {
					event["insert_id"] = encoded(id + "-again")
				}
			}, next)
		},
	},
	{
		Name: "no-backoff", Defect: "sends again at once after a 5xx",
		upload: again(100, func(a answer) bool { return a.status/100 == 5 }),
	},
	{
		Name: "gives-up-after-two", Defect: "drops events after two failed tries",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err == nil && a.status/100 != 5 || len(u.events) == 0 {
					return a, err
				}
				const tries = 2
				if g.add("tries of "+text(decoded(u.events[0]), "insert_id"), 1) >= tries {
					return taken(len(u.events)), nil
				}
				return a, err
			}
		},
	},
	{
		Name: "backs-off-for-ever", Defect: "leaves Amplitude alone for half a minute after a 503",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				if _, yes := g.timerRunning("all"); yes {
					return busy(), nil
				}
				a, err := next(ctx, u)
				if err == nil && a.status == http.StatusServiceUnavailable {
					g.setTimer("all", 30*time.Second)
				}
				return a, err
			}
		},
	},
	{
		Name: "order-lost-on-retry", Defect: "lets newer events of a device pass those of a failed request", Like: "M3",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err == nil && a.status == http.StatusServiceUnavailable {
					g.sendLater(u, time.Second)
					return taken(len(u.events)), nil
				}
				return a, err
			}
		},
	},
	{
		Name: "sends-everything-twice", Defect: "sends again what was taken",
		upload: func(_ *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err == nil && a.ok() {
					return next(ctx, u)
				}
				return a, err
			}
		},
	},
}
