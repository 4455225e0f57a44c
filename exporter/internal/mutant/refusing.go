package mutant

import (
	"context"
	"net/http"
)

// invalidFields is Amplitude's text for events that it refuses.
const invalidFields = "Invalid field values on some events"

// refusing are defects of the reaction to events that Amplitude never takes.
var refusing = []Mutant{
	{
		Name: "refused-batch-lost", Defect: "drops a whole request for the events a 400 names",
		upload: answering(func(u upload, a answer) answer {
			if a.status == http.StatusBadRequest && len(a.blamed()) > 0 {
				return taken(len(u.events))
			}
			return a
		}),
	},
	{
		Name: "wrong-index", Defect: "drops the event after the one that a 400 names", Like: "M13",
		upload: answering(func(u upload, a answer) answer {
			if a.status != http.StatusBadRequest || len(a.blamed()) == 0 || len(a.blamed()) == len(u.events) {
				return a
			}
			next := make([]int, 0, len(a.blamed()))
			for _, i := range a.blamed() {
				next = append(next, (i+1)%len(u.events))
			}
			return answer{status: a.status, body: encoded(map[string]any{
				"code": http.StatusBadRequest, "error": invalidFields, "events_with_invalid_fields": map[string]any{"event_type": next},
			})}
		}),
	},
	{
		Name: "first-refusal-only", Defect: "drops the rest of a request that is refused a second time",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err != nil || a.status != http.StatusBadRequest || len(a.blamed()) == 0 {
					return a, err
				}
				last := text(decoded(u.events[len(u.events)-1]), "insert_id")
				if g.add("refusals of "+last, 1) > 1 {
					return taken(len(u.events)), nil
				}
				return a, nil
			}
		},
	},
	{
		Name: "neighbors-sent-twice", Defect: "sends the neighbors of a refused event twice", Like: "M9",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err != nil || a.status != http.StatusBadRequest || len(a.blamed()) == 0 {
					return a, err
				}
				if rest, _ := u.without(a.blamed()); len(rest.events) > 0 {
					if _, err := next(ctx, rest); err != nil {
						return answer{}, err
					}
				}
				return a, nil
			}
		},
	},
	{
		Name: "poison-retried-for-ever", Defect: "sends a refused event again and again", Like: "M23",
		upload: func(g *harness, next sender) sender {
			return again(60, func(a answer) bool {
				return a.status == http.StatusBadRequest && !a.keyRefused()
			})(g, next)
		},
	},
	{
		Name: "nameless-refusal-loses", Defect: "drops a whole request after a 400 that names nothing",
		upload: answering(func(u upload, a answer) answer {
			if a.status == http.StatusBadRequest && !a.lists() && !a.keyRefused() {
				return taken(len(u.events))
			}
			return a
		}),
	},
	{
		Name: "nameless-refusal-storm", Defect: "sends again at once after a 400 that names nothing", Like: "M2",
		upload: again(200, func(a answer) bool { return a.status == http.StatusBadRequest && !a.lists() && !a.keyRefused() }),
	},
	{
		Name: "oversize-loses", Defect: "drops a whole request after a 413",
		upload: answering(func(u upload, a answer) answer {
			if a.status == http.StatusRequestEntityTooLarge {
				return taken(len(u.events))
			}
			return a
		}),
	},
	{
		Name: "oversize-without-end", Defect: "halves after a 413 without an end", Like: "M12",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err != nil || a.status != http.StatusRequestEntityTooLarge || len(u.events) > 1 {
					return a, err
				}
				const loop = 60
				if a, err = again(loop, func(a answer) bool { return a.status == http.StatusRequestEntityTooLarge })(g, next)(ctx, u); err != nil {
					return a, err
				}
				return busy(), nil
			}
		},
	},
	{
		Name: "large-event-lost", Defect: "drops events of more than 100 KB",
		upload: func(_ *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				const large = 100 << 10
				rest := u.of(nil)
				for _, raw := range u.events {
					if len(raw) <= large {
						rest.events = append(rest.events, raw)
					}
				}
				if len(rest.events) == 0 {
					return taken(len(u.events)), nil
				}
				a, err := next(ctx, rest)
				if err == nil && a.ok() {
					a = taken(len(u.events))
				}
				return a, err
			}
		},
	},
}
