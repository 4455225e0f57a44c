package mutant

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ammeter/ammeter/exporter"
)

// throttling are defects of the reaction to the limits of a device.
var throttling = []Mutant{
	{
		Name: "no-lanes", Defect: "neither paces a device nor keeps its events together", Like: "M3",
		post: disguising(func(_ string, n int) string { return fmt.Sprintf("disguise-%d", n) }), upload: undisguising,
	},
	{
		Name: "one-lane", Defect: "paces all devices as if they were one", Like: "M16",
		post: disguising(func(string, int) string { return "disguise-of-all" }), upload: undisguising,
	},
	{
		Name: "throttled-overtaken", Defect: "lets newer events of a throttled device pass those that wait", Like: "M3",
		upload: func(g *harness, next sender) sender { return settingAside(g, next, 1) },
	},
	{
		Name: "order-given-up", Defect: "gives up the order of a device that is throttled a second time", Like: "M8",
		upload: func(g *harness, next sender) sender { return settingAside(g, next, 2) },
	},
	{
		Name: "throttled-lost", Defect: "counts throttled events as sent", Like: "M14",
		upload: answering(func(u upload, a answer) answer {
			if a.status == http.StatusTooManyRequests && len(a.throttled()) > 0 && !a.overQuota() {
				return taken(len(u.events))
			}
			return a
		}),
	},
	{
		Name: "no-pause", Defect: "sends throttled events again at once", Like: "M15",
		upload: again(10, func(a answer) bool { return a.status == http.StatusTooManyRequests && !a.overQuota() }),
	},
	{
		Name: "short-pause", Defect: "comes back after a fifth of the pause", Like: "M20",
		config: func(c *exporter.Config) { c.ThrottlePause /= 5 },
	},
	{
		Name: "long-pause", Defect: "comes back after eight times the pause",
		config: func(c *exporter.Config) { c.ThrottlePause *= 8 },
	},
	{
		Name: "pause-prolonged-by-others", Defect: "begins every pause anew when another device is throttled",
		upload: prolonging,
	},
	{
		Name: "throttled-stops-all", Defect: "stops everything for the pause of one device", Like: "M7",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				if left, yes := g.timerRunning("all"); yes && !g.wait(ctx, left) {
					return answer{}, ctx.Err()
				}
				a, err := next(ctx, u)
				if err == nil && a.status == http.StatusTooManyRequests && len(a.throttled()) > 0 {
					g.setTimer("all", g.cfg.ThrottlePause)
				}
				return a, err
			}
		},
	},
	{
		Name: "throttled-holds-its-batch", Defect: "lets what shared a request with a throttled device wait as well", Like: "M16",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err == nil && a.status == http.StatusTooManyRequests && len(a.throttled()) > 0 {
					g.wait(ctx, g.cfg.ThrottlePause)
				}
				return a, err
			}
		},
	},
	{
		Name: "follow-ons-lost", Defect: "drops what comes for a device while it is throttled", Like: "M17",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err == nil {
					for _, i := range a.throttled() {
						if i < len(u.events) {
							g.setTimer(text(decoded(u.events[i]), "device_id"), g.cfg.ThrottlePause)
						}
					}
				}
				return a, err
			}
		},
		post: rewriting(func(g *harness, event object) object {
			if _, yes := g.timerRunning(text(member(event, "user"), "device_id")); yes {
				return nil
			}
			return event
		}),
	},
	{
		Name: "too-timid", Defect: "never sends more than five events of a device a second", Like: "M25",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				of := map[string]int{}
				for _, raw := range u.events {
					of[text(decoded(raw), "device_id")]++
				}
				delete(of, "") // events of no device
				most := 0
				for _, n := range of {
					most = max(most, n)
				}
				// A few at once pass, or it would take minutes to read a file.
				const perSecond, few = 5, 20
				if most > few && !g.wait(ctx, time.Duration(most)*time.Second/perSecond) {
					return answer{}, ctx.Err()
				}
				return next(ctx, u)
			}
		},
	},
	{Name: "user-held-for-device", Defect: "pauses the user where the device was throttled", Like: "M21", upload: mistaking("device", "user")},
	{Name: "device-held-for-user", Defect: "pauses the device where the user was throttled", Like: "M21", upload: mistaking("user", "device")},
	{
		Name: "herd", Defect: "lets all paused devices return in the same instant", Like: "M22",
		config: func(c *exporter.Config) { c.Random = func() float64 { return 0 } },
	},
	{
		Name: "storm-on-429-without-names", Defect: "sends again at once after a 429 that names nobody", Like: "M2",
		upload: again(200, func(a answer) bool { return a.status == http.StatusTooManyRequests && !a.lists() }),
	},
	{
		Name: "429-without-names-lost", Defect: "drops a request after a 429 that names nobody",
		upload: answering(func(u upload, a answer) answer {
			if a.status == http.StatusTooManyRequests && !a.lists() {
				return taken(len(u.events))
			}
			return a
		}),
	},
}

// answering changes what the exporter gets to see of an answer.
func answering(change func(upload, answer) answer) func(*harness, sender) sender {
	return func(_ *harness, next sender) sender {
		return func(ctx context.Context, u upload) (answer, error) {
			a, err := next(ctx, u)
			if err == nil {
				a = change(u, a)
			}
			return a, err
		}
	}
}

// again sends the same again up to n times, hardly with a pause, for as long as
// the answer is such. The bounds are for the sake of the machine.
func again(n int, while func(answer) bool) func(*harness, sender) sender {
	const breath = 2 * time.Millisecond
	return func(g *harness, next sender) sender {
		return func(ctx context.Context, u upload) (answer, error) {
			a, err := next(ctx, u)
			for i := 0; i < n && err == nil && while(a) && g.wait(ctx, breath); i++ {
				a, err = next(ctx, u)
			}
			return a, err
		}
	}
}

// settingAside takes throttled events out of an upload at the n-th refusal of
// their device and sends them when its pause is over, whatever else goes out.
func settingAside(g *harness, next sender, n int) sender {
	return func(ctx context.Context, u upload) (answer, error) {
		a, err := next(ctx, u)
		if err != nil || a.status != http.StatusTooManyRequests || a.overQuota() {
			return a, err
		}
		var waiting []int
		for _, i := range a.throttled() {
			if i < len(u.events) && g.add("refusals of "+text(decoded(u.events[i]), "device_id"), 0) >= n-1 {
				waiting = append(waiting, i)
			}
		}
		devices := map[string]bool{}
		for _, i := range a.throttled() {
			if i < len(u.events) {
				devices[text(decoded(u.events[i]), "device_id")] = true
			}
		}
		for d := range devices {
			g.add("refusals of "+d, 1)
		}
		if len(waiting) == 0 {
			return a, nil
		}
		rest, out := u.without(waiting)
		g.sendLater(u.of(out), g.cfg.ThrottlePause)
		if len(rest.events) == 0 {
			return taken(len(out)), nil
		}
		return settingAside(g, next, n)(ctx, rest)
	}
}

// mistaking names the other kind of id in the answer to a throttled request.
func mistaking(throttled, named string) func(*harness, sender) sender {
	return answering(func(u upload, a answer) answer {
		o := decoded(a.body)
		ids := member(o, "throttled_"+throttled+"s")
		if a.status != http.StatusTooManyRequests || len(ids) == 0 {
			return a
		}
		wrong := object{}
		for _, raw := range u.events {
			e := decoded(raw)
			if _, hit := ids[text(e, throttled+"_id")]; hit && text(e, named+"_id") != "" {
				wrong[text(e, named+"_id")] = json.RawMessage("31")
			}
		}
		if len(wrong) == 0 {
			return a
		}
		delete(o, "throttled_"+throttled+"s")
		delete(o, "throttled_events")
		o["throttled_"+named+"s"] = encoded(wrong)
		return answer{status: a.status, body: encoded(o)}
	})
}

// prolonging names in the answer to a throttled request every device that was throttled
// before, too.
func prolonging(g *harness, next sender) sender {
	return func(ctx context.Context, u upload) (answer, error) {
		a, err := next(ctx, u)
		o := decoded(a.body)
		named := member(o, "throttled_devices")
		if err != nil || a.status != http.StatusTooManyRequests || len(named) == 0 {
			return a, err
		}
		g.mu.Lock()
		for device := range named {
			g.count["throttled:"+device] = 1
		}
		for name := range g.count {
			if device, before := strings.CutPrefix(name, "throttled:"); before {
				named[device] = json.RawMessage("31")
			}
		}
		g.mu.Unlock()
		o["throttled_devices"] = encoded(named)
		return answer{status: a.status, body: encoded(o)}, nil
	}
}

// disguising gives each event with a device a false device id; undisguising puts
// the true one back.
func disguising(name func(device string, n int) string) func(*harness, http.Handler) http.Handler {
	return rewriting(func(g *harness, event object) object {
		user := member(event, "user")
		device := text(user, "device_id")
		if device == "" {
			return event
		}
		g.mu.Lock()
		g.currents["device:"+text(event, "id")] = user["device_id"]
		g.mu.Unlock()
		user["device_id"] = encoded(name(device, g.add("disguises", 1)))
		event["user"] = encoded(user)
		return event
	})
}

func undisguising(g *harness, next sender) sender {
	return g.changeEvents(func(event, _ object) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if device := g.currents["device:"+text(event, "insert_id")]; device != nil && event["device_id"] != nil {
			event["device_id"] = device
		}
	}, next)
}

// quota are defects of the reaction to the daily quota of a device.
var quota = []Mutant{
	{
		Name: "quota-lost", Defect: "drops the events of a device over its daily quota", Like: "M5",
		upload: func(_ *harness, next sender) sender {
			var send sender
			send = func(ctx context.Context, u upload) (answer, error) {
				a, err := next(ctx, u)
				if err != nil || a.status != http.StatusTooManyRequests || !a.overQuota() {
					return a, err
				}
				rest, _ := u.without(a.throttled())
				if len(rest.events) == 0 || len(rest.events) == len(u.events) {
					return taken(len(u.events)), nil
				}
				return send(ctx, rest)
			}
			return send
		},
	},
	{
		Name: "quota-stops-all", Defect: "stops everything while one device is over its daily quota", Like: "M7",
		upload: func(g *harness, next sender) sender {
			return func(ctx context.Context, u upload) (answer, error) {
				if left, yes := g.timerRunning("all"); yes && !g.wait(ctx, left) {
					return answer{}, ctx.Err()
				}
				a, err := next(ctx, u)
				if err == nil && a.overQuota() {
					g.setTimer("all", 3*g.cfg.QuotaPause)
				}
				return a, err
			}
		},
	},
	{
		Name: "quota-hammered", Defect: "tries a device over its daily quota ten times as often as it may", Like: "M15",
		config: func(c *exporter.Config) { c.QuotaPause /= 10 },
	},
	{
		Name: "quota-forgotten", Defect: "does not come back to a device once it was over its quota",
		config: func(c *exporter.Config) { c.QuotaPause *= 30 },
	},
}
