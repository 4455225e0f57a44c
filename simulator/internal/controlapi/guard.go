package controlapi

import (
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/ammeter/ammeter/simulator/internal/console"
)

// A web page in a browser on the same machine can send requests to the simulator,
// too. The checks of this file keep it from the control API. They look at the headers
// that browsers set and pages cannot change, so that curl, SDKs and the Go client need
// no other headers than before.

// guard lets a call under Prefix pass if it bears the token. Others pass if they do not come
// from a page of another origin and, where a token is required, from a browser that has
// shown it to the console. The metrics require no token, as Prometheus mostly has none, but
// no page reads them either; the pages of the console ask for it themselves.
func (h *handler) guard(next echo.HandlerFunc) echo.HandlerFunc {
	origins := http.NewCrossOriginProtection()
	return func(c echo.Context) error {
		r := c.Request()
		metrics := r.URL.Path == metricsPath
		if !strings.HasPrefix(r.URL.Path, Prefix) && !metrics {
			return next(c)
		}
		if h.cfg.Token != "" && !metrics {
			if sameToken(r.Header.Get(echo.HeaderAuthorization), h.cfg.Token) {
				return next(c) // a page of another origin does not have the token
			}
			if !strings.HasPrefix(r.URL.Path, console.Prefix) && !h.console.LoggedIn(r) {
				return echo.NewHTTPError(http.StatusUnauthorized,
					"the control API wants the token the simulator was started with, as \"Authorization: Bearer TOKEN\"")
			}
		}
		if !allowedHost(r.Host, h.cfg.Hosts) {
			return echo.NewHTTPError(http.StatusForbidden, fmt.Sprintf(
				"Host %.100q is not known to be this simulator: call it by its address, or start it with --allow-host and that name", r.Host))
		}
		if origins.Check(r) != nil || foreignRead(r) {
			return echo.NewHTTPError(http.StatusForbidden, "the control API takes no calls from web pages of another origin")
		}
		return next(c)
	}
}

// foreignRead reports whether a page of another origin reads, other than by opening a page.
// Browsers keep the answer from it, but the call would hold one of the streams.
func foreignRead(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "cross-site" || site == "same-site") && r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

func sameToken(header, token string) bool {
	return subtle.ConstantTimeCompare([]byte(header), []byte("Bearer "+token)) == 1
}

// privateSuffixes end names that cannot be registered in the public DNS: those of one
// machine, of a local network, of Docker and of a Kubernetes cluster.
var privateSuffixes = []string{".localhost", ".local", ".internal", ".test", ".svc"}

// allowedHost reports whether a Host header cannot be that of a page which leads its
// own name to the simulator (DNS rebinding). Addresses and names without a dot cannot,
// nor can names of private networks, Amplitude's own, and those in more.
func allowedHost(host string, more []string) bool {
	name := host
	if bare, _, err := net.SplitHostPort(host); err == nil {
		name = bare
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if _, err := netip.ParseAddr(name); err == nil || !strings.Contains(name, ".") {
		return true
	}
	ends := func(suffix string) bool { return strings.HasSuffix(name, suffix) }
	if slices.ContainsFunc(privateSuffixes, ends) || ends(".amplitude.com") || name == "example.com" {
		return true // the last is what net/http/httptest sends, and reserved (RFC 2606)
	}
	return slices.ContainsFunc(more, func(known string) bool { return strings.EqualFold(known, name) })
}
