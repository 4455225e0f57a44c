package mutant

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"time"
)

// variants are unusual and conform.
var variants = []Mutant{
	{
		Name: "healthy", Defect: "nothing: what fails for a mutant is not the doing of its frame", Variant: true,
		event: func(_, _ object) {}, upload: func(_ *harness, next sender) sender { return next },
		post: rewriting(func(_ *harness, event object) object { return event }),
	},
	{
		Name: "slow", Defect: "takes its time for every post and every upload", Variant: true,
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				const upload = 60 * time.Millisecond
				if !g.wait(ctx, upload) {
					return answer{}, ctx.Err()
				}
				return next(ctx, u)
			}
		},
		post: posts(func(g *harness, next http.Handler, w http.ResponseWriter, r *http.Request, p posted) {
			const post = 10 * time.Millisecond
			g.wait(r.Context(), post)
			repost(next, w, r, p.body)
		}),
	},
	{
		Name: "batch-endpoint", Defect: "uploads to /batch", Variant: true,
		upload: func(_ *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				u.url = strings.Replace(u.url, "/2/httpapi", "/batch", 1)
				return next(ctx, u)
			}
		},
	},
	{
		Name: "one-by-one", Defect: "uploads one event per request", Variant: true,
		upload: func(g *harness, next sender) sender { return (&singly{g, next}).send },
	},
	officialSDK,
}

// singly uploads one event per request, and makes one answer of the answers. An
// event that was taken is not sent again when the exporter repeats the others.
type singly struct {
	harness *harness
	next    sender
}

func (s *singly) send(ctx context.Context, u upload) (answer, error) {
	merged := mergedAnswer{throttled: object{}, users: object{}, quota: object{}, quotaUsers: object{}}
	blocked := map[string]bool{}
	for i, raw := range u.events {
		event := decoded(raw)
		id, device := text(event, "insert_id"), text(event, "device_id")
		switch {
		case s.harness.add("taken "+id, 0) > 0:
			continue
		case device != "" && blocked[device]:
			merged.waits(i) // it would overtake the ones before it
			continue
		}
		a, err := s.next(ctx, u.of([]json.RawMessage{raw}))
		switch {
		case err != nil, a.status/100 == 5, a.isForeign(), a.keyRefused(), turnedAway(a), a.status == http.StatusTooManyRequests && !a.lists():
			return a, err
		case a.ok():
			s.harness.add("taken "+id, 1)
		case a.status == http.StatusTooManyRequests:
			merged.throttles(i, a)
			blocked[device] = true
		default:
			merged.refuses(i)
		}
	}
	return merged.answer(len(u.events)), nil
}

// mergedAnswer is the answer to several requests of one event each.
type mergedAnswer struct {
	refused, waiting                    []int
	throttled, users, quota, quotaUsers object
}

func (m *mergedAnswer) waits(i int)   { m.waiting = append(m.waiting, i) }
func (m *mergedAnswer) refuses(i int) { m.refused = append(m.refused, i) }

func (m *mergedAnswer) throttles(i int, a answer) {
	m.waits(i)
	o := decoded(a.body)
	for name, into := range map[string]object{
		"throttled_devices": m.throttled, "throttled_users": m.users,
		"exceeded_daily_quota_devices": m.quota, "exceeded_daily_quota_users": m.quotaUsers,
	} {
		maps.Copy(into, member(o, name))
	}
}

func (m *mergedAnswer) answer(events int) answer {
	if len(m.refused)+len(m.waiting) == 0 {
		return taken(events)
	}
	status := http.StatusTooManyRequests
	o := map[string]any{
		"error":            "Too many requests for some devices and users",
		"throttled_events": m.waiting, "throttled_devices": m.throttled, "throttled_users": m.users,
		"exceeded_daily_quota_devices": m.quota, "exceeded_daily_quota_users": m.quotaUsers,
	}
	if len(m.refused) > 0 {
		status = http.StatusBadRequest
		o["error"], o["events_with_invalid_fields"] = invalidFields, map[string]any{"event_type": m.refused}
	}
	o["code"] = status
	return answer{status: status, body: encoded(o)}
}
