package exporter

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/ammeter/ammeter/exporter/internal/respond"
	"github.com/ammeter/ammeter/exporter/internal/source"
)

const crossOrigin = "cross_origin"

// guardStatus protects the status pages. With Config.AdminToken a request must carry it.
// Without one only this machine is answered, unless everywhere is set: on a listener of
// their own, the operator chose who reaches them. At a loopback address the Host header
// must name this machine too, so that no web page in a browser can read them.
func (x *Exporter) guardStatus(everywhere bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case x.tokens.ofAdmin() != "":
			if !hasToken(r, x.tokens.ofAdmin()) {
				w.Header().Set("WWW-Authenticate", "Bearer")
				respond.Error(w, http.StatusUnauthorized, "send the admin token as \"Authorization: Bearer ...\"")
				return
			}
		case !everywhere && !isLocal(r):
			respond.JSON(w, http.StatusForbidden, map[string]string{
				"error": "status pages are for this machine: open them with --admin-listen, or set --admin-token-file",
			})
			return
		case reachedHere(r) && !namesHere(r):
			respond.JSON(w, http.StatusForbidden, map[string]string{
				"error": "status pages that listen at this machine alone are called by localhost or its address: for other names set --admin-token-file",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// guardPosts refuses what a browser sends: a web page could post events to a listener on
// the machine of its reader.
func (x *Exporter) guardPosts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		if r.Header.Get("Origin") == "" && (site == "" || site == "none") {
			next.ServeHTTP(w, r)
			return
		}
		const detail = "the post comes from a web page: events are taken from servers"
		x.refusePost(r, source.Refusal{Status: http.StatusForbidden, Reason: crossOrigin, Detail: detail})
		respond.Error(w, http.StatusForbidden, detail)
	})
}

// hasToken compares in constant time; hashing hides the length as well.
func hasToken(r *http.Request, want string) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	a, b := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && strings.EqualFold(scheme, "bearer")
}

// isLocal reports whether a request comes from this machine, and not through a proxy
// on it nor from a page whose name was made to lead here.
func isLocal(r *http.Request) bool {
	if r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != "" {
		return false
	}
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && remote.Addr().Unmap().IsLoopback() && namesHere(r)
}

// reachedHere reports whether a request came in at a loopback address.
func reachedHere(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// namesHere reports whether a request calls this machine by a name that no other host can
// have, so that no page whose name was made to lead here reads the answer.
func namesHere(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
