package calibrate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ammeter/ammeter/simulator/amplitude"
	"github.com/ammeter/ammeter/simulator/internal/fidelity/probe"
)

// identify finds out whether the Amplitude API answers, and takes the key: it sends one good
// event, and then one with a key that does not exist. Whatever else answers makes findings that
// mean nothing.
func (r *runner) identify(ctx context.Context) error {
	at := made{&probe.Probe{Name: "identify"}, amplitude.PathHTTPAPI}
	event := probe.Request{Events: `{"device_id":"$DEVICE","event_type":"` + probe.EventType + `"}`}
	a, err := r.first(ctx, r.cfg.render(at, &event))
	if err != nil {
		return err
	}
	if err := r.known(a); err != nil {
		return err
	}
	event.Events, event.Body = "", `{"api_key":"ammeter-no-such-key","events":[`+event.Events+`]}`
	if a, err = r.first(ctx, r.cfg.render(at, &event)); err != nil {
		return err
	}
	if a.status == http.StatusOK {
		return fmt.Errorf("%w: it takes an API key that nobody has, as stubs and proxies do", ErrForeign)
	}
	if a.status != http.StatusBadRequest || !refusesKey(a) {
		return fmt.Errorf("%w: it answers an unknown API key with %s", ErrForeign, a)
	}
	return nil
}

// first sends a request again until it is answered, or the run stops, and keeps the answer.
func (r *runner) first(ctx context.Context, q request) (a *answer, err error) {
	for {
		if a, err = r.call(ctx, q); err == nil || errors.Is(err, errStop) {
			r.asked[q.key()] = a
			return a, err
		}
	}
}

// known returns an error if the answer to a good event is not that of the API.
func (r *runner) known(a *answer) error {
	switch {
	case a.status == http.StatusTooManyRequests:
		return r.stop("throttled from the start: %s", a)
	case refusesKey(a):
		return fmt.Errorf("%w by %s: look at the key, and at the region of its project (--region)", ErrKey, host(r.cfg.URL))
	case !a.json && strings.TrimSpace(string(a.body)) == "success":
		return fmt.Errorf("%w: it answers the text \"success\", as the API before HTTP V2 does", ErrForeign)
	case !a.json:
		return fmt.Errorf("%w: it answers a good event with %s, which is no JSON: a proxy or another service answers", ErrForeign, a)
	case a.status != http.StatusOK:
		return fmt.Errorf("%w: it answers a good event with %s", ErrForeign, a)
	}
	for _, name := range []string{"code", "events_ingested", "payload_size_bytes", "server_upload_time"} {
		if _, ok := a.number(name); !ok {
			return fmt.Errorf("%w: its answer to a good event has no number %q: %s", ErrForeign, name, a)
		}
	}
	return nil
}

func refusesKey(a *answer) bool {
	return strings.HasPrefix(a.errorText(), strings.TrimSuffix(amplitude.ErrorInvalidAPIKey, ": "))
}

// host is the host of a URL, or nothing if it has none.
func host(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}
