package specs

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/specs/internal/verdict"
)

// foreignSpecs are about answers that do not come from Amplitude, but from a proxy, a
// firewall or a captive portal in front of it: they say nothing of the events.
var foreignSpecs = []spec{
	{"RETRY-010", &scenario{
		about: "Ten events are posted. The first request is answered 200 with an HTML page and the second 200 with an empty line; neither was taken.",
		play:  answeredInTurn(ok(control.FormatHTML, ""), ok(control.FormatText, "\n")),
	}, verdict.Delivered},
	{"RETRY-011", &scenario{
		about: `Ten events are posted. The first request is answered 200 with {"ok":true} and the second 200 with JSON that is cut short; neither was taken.`,
		play:  answeredInTurn(ok(control.FormatJSON, `{"ok":true}`), ok(control.FormatJSON, `{"code":200,"events_inge`)),
	}, verdict.Delivered},
	{"RETRY-012", &scenario{
		about: "For two seconds everything is answered 400 with an HTML page, as a proxy does. Ten events are posted as that begins.",
		play:  outageOf(page(http.StatusBadRequest), 2*time.Second),
	}, deliveredThoughRefused},
	{"KEY-007", &scenario{
		about: "Three exporters are posted five events each. Everything the first sends is answered 401 with an HTML page, the second 403 and the third 407, " +
			"for two seconds longer than credential_grace; then the service takes everything.",
		play: refusedByProxies, long: true,
	}, deliveredThoughRefused},
}

// ok answers 200 with that body.
func ok(format control.Format, body string) control.FaultAction {
	return control.FaultAction{Status: &control.StatusFault{Status: http.StatusOK, Format: format, Body: body}}
}

// page answers with an HTML page.
func page(status int) control.FaultAction {
	return control.FaultAction{Status: &control.StatusFault{Status: status, Format: control.FormatHTML}}
}

// deliveredThoughRefused judges that no event was lost while requests were refused.
func deliveredThoughRefused(t verdict.Traffic) verdict.Verdict {
	return verdict.RefusedFor(t, t.Marks[down], t.Marks[up], verdict.Delivered(t))
}

// answeredInTurn lets the first requests be answered so, each in its own way, and posts
// events.
func answeredInTurn(answers ...control.FaultAction) func(context.Context, *run) (verdict.Traffic, error) {
	return func(ctx context.Context, r *run) (verdict.Traffic, error) {
		r.open(ctx, nil)
		for _, do := range answers {
			// Those after it do not see the request that it answers.
			r.fault(ctx, control.FaultTarget{}, control.FaultWhen{First: 1}, do)
		}
		r.post(ctx, r.events.onePerDevice("steady", 10)...)
		r.awaitAccepted(ctx, deliveryTimeout)
		return r.finish(ctx)
	}
}

// proxies are the statuses with which proxies turn requests away.
var proxies = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired}

// refusedByProxies starts an exporter for each of the statuses, which all its requests are
// answered with, for longer than the grace of a refused key if that can be waited for.
func refusedByProxies(ctx context.Context, r *run) (verdict.Traffic, error) {
	r.open(ctx, nil)
	all := []*run{r, r.beside(ctx), r.beside(ctx)}
	for _, status := range proxies {
		r.fault(ctx, control.FaultTarget{DeviceID: behind(status)}, control.FaultWhen{}, page(status))
	}
	r.timestamp(ctx, down)
	for i, status := range proxies {
		all[i].post(ctx, r.events.eventsOf(behind(status), 5)...)
	}
	lasts := 2 * time.Second
	if grace := r.target.Timings.Grace; grace <= longestGrace {
		lasts += grace
	}
	r.watch(ctx, lasts)
	return r.recovered(ctx)
}

// behind is the device whose events are sent through a proxy that answers so.
func behind(status int) string { return fmt.Sprintf("behind-a-proxy-%d", status) }
