package console

import (
	"crypto/subtle"
	"net"
	"net/http"
)

// LoggedIn reports whether a request comes from a browser that has shown the token. It is
// false where there is none.
func (c *Console) LoggedIn(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName(r))
	return c.Token != "" && err == nil && equal(cookie.Value, c.session)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// cookieName has the port in it: browsers send a cookie to all ports of a host, so that
// two simulators on a machine would log each other's users out.
func cookieName(r *http.Request) string {
	_, port, _ := net.SplitHostPort(r.Host) // empty where there is none
	return "ammeter_console_" + port
}

func setCookie(w http.ResponseWriter, r *http.Request, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r), Value: value, Path: "/_admin", MaxAge: maxAge, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
}

// login takes the token of the form.
func (c *Console) login(w http.ResponseWriter, r *http.Request) {
	const longest = 1 << 16
	r.Body = http.MaxBytesReader(w, r.Body, longest)
	if c.Token != "" {
		if !equal(r.PostFormValue("token"), c.Token) {
			c.show(w, r, http.StatusUnauthorized, "login", "This is not the token that the simulator was started with (--admin-token).")
			return
		}
		setCookie(w, r, c.session, 0)
	}
	http.Redirect(w, r, Prefix+"/", http.StatusSeeOther)
}

func (*Console) logout(w http.ResponseWriter, r *http.Request) {
	setCookie(w, r, "", -1)
	http.Redirect(w, r, Prefix+"/", http.StatusSeeOther)
}
