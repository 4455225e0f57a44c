package console

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
)

// sessions lets a browser in that has shown the token. The cookie holds no token, and is
// worth nothing after a restart.
type sessions struct {
	token string
	value string // of the cookie
}

func newSessions(token string) sessions {
	if token == "" {
		return sessions{}
	}
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(token))
	return sessions{token, hex.EncodeToString(mac.Sum(nil))}
}

// LoggedIn reports whether a request comes from a browser that has shown the token. It is
// false where there is none.
func (c *Console) LoggedIn(r *http.Request) bool { return c.Token != "" && c.sessions.valid(r) }

// valid reports whether a request may see pages.
func (s sessions) valid(r *http.Request) bool {
	if s.token == "" {
		return true
	}
	cookie, err := r.Cookie(cookieName(r))
	return err == nil && equal(cookie.Value, s.value)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// cookieName has the port in it: browsers send a cookie to all ports of a host, so that
// two simulators on a machine would log each other's users out.
func cookieName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "default"
	}
	return "ammeter_console_" + port
}

func (s sessions) cookie(r *http.Request, value string) *http.Cookie {
	return &http.Cookie{
		Name: cookieName(r), Value: value, Path: "/_admin", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	}
}

// login takes the token of the form.
func (c *Console) login(w http.ResponseWriter, r *http.Request) {
	const longest = 1 << 16
	r.Body = http.MaxBytesReader(w, r.Body, longest)
	if c.Token != "" && !equal(r.PostFormValue("token"), c.Token) {
		c.show(w, r, http.StatusUnauthorized, "login", "Log in", "This is not the token that the simulator was started with (--admin-token).")
		return
	}
	if c.Token != "" {
		http.SetCookie(w, c.sessions.cookie(r, c.sessions.value))
	}
	http.Redirect(w, r, Prefix+"/", http.StatusSeeOther)
}

func (c *Console) logout(w http.ResponseWriter, r *http.Request) {
	gone := c.sessions.cookie(r, "")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	http.Redirect(w, r, Prefix+"/", http.StatusSeeOther)
}
