// Package console is the web page of the simulator: what arrived, why it was refused, and
// every control of the catalog as a form. Pages are rendered here from the state of the
// simulator; a small script refreshes their parts and calls the control API.
package console

import (
	"bytes"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"sync"

	"github.com/ammeter/ammeter/simulator/control"
	"github.com/ammeter/ammeter/simulator/internal/cohort"
	"github.com/ammeter/ammeter/simulator/internal/cohort/braze"
	"github.com/ammeter/ammeter/simulator/internal/ingestion"
	"github.com/ammeter/ammeter/simulator/internal/journal"
)

// Prefix of the paths of the console.
const Prefix = "/_admin/ui"

//go:embed layout.html parts.html pages style.css console.js
var files embed.FS

// view is a page. Those with a title are in the navigation.
type view struct {
	Name, Path, Title string
	body              func(*Console, *http.Request) (any, error)
}

var views = []view{
	{"requests", "/", "Requests", (*Console).requests},
	{"now", "/now", "Now", (*Console).now},
	{"devices", "/devices", "Devices and users", (*Console).devices},
	{"controls", "/controls", "Controls", (*Console).controls},
	{"cohorts", "/cohorts", "Cohorts", (*Console).cohorts},
	{"request", "/requests/{seq}", "", (*Console).request},
	{"device", "/device", "", (*Console).device},
}

// templates are parsed when the first page is asked for: most simulators show none.
var templates = sync.OnceValue(func() map[string]*template.Template {
	parsed := map[string]*template.Template{}
	names, _ := fs.Glob(files, "pages/*.html")
	for _, name := range names {
		parsed[name] = template.Must(template.New("layout.html").Funcs(functions).ParseFS(files, "layout.html", "parts.html", name))
	}
	return parsed
})

// Config is what the console shows.
type Config struct {
	Service *ingestion.Service
	Cohorts *cohort.Registry
	Braze   *braze.Braze
	Version string
	// Token is asked for at the login; empty for none.
	Token string
}

// Console is an http.Handler of the paths under Prefix. Its caller refuses requests of other
// origins and for foreign hosts.
type Console struct {
	Config
	session string // value of the cookie of browsers that have shown the token; it is not made of the token
	mux     http.ServeMux
}

// New returns a console.
func New(cfg Config) *Console {
	c := &Console{Config: cfg, session: rand.Text()}
	for _, name := range []string{"style.css", "console.js"} {
		c.mux.HandleFunc("GET "+Prefix+"/"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, name) })
	}
	c.mux.HandleFunc("POST "+Prefix+"/login", c.login)
	c.mux.HandleFunc("POST "+Prefix+"/logout", c.logout)
	for _, v := range views {
		c.mux.HandleFunc("GET "+Prefix+v.Path, c.page(v))
	}
	return c
}

// ServeHTTP serves a page, and sets the headers that keep it to itself.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	c.mux.ServeHTTP(w, r)
}

// frame is a page with what is around it.
type frame struct {
	View, Version string
	Views         []view
	Key           string        // the scope
	Keys          []control.Key // to choose from
	Clock         control.Clock
	Token         bool // whether there is a login, hence a logout
	Body          any
}

// Errors of pages. Others are the simulator's own.
var (
	errMissing = errors.New("there is no")
	errInvalid = errors.New("cannot read the address")
)

// page makes the handler of a view.
func (c *Console) page(v view) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c.Token != "" && !c.LoggedIn(r) {
			c.show(w, r, http.StatusUnauthorized, "login", "")
			return
		}
		content, err := v.body(c, r)
		switch {
		case errors.Is(err, errInvalid):
			c.show(w, r, http.StatusBadRequest, "error", err.Error())
		case err != nil:
			c.show(w, r, http.StatusNotFound, "error", err.Error())
		default:
			c.show(w, r, http.StatusOK, v.Name, content)
		}
	}
}

// show writes a page.
func (c *Console) show(w http.ResponseWriter, r *http.Request, status int, name string, body any) {
	f := frame{View: name, Version: c.Version, Token: c.Token != "", Body: body}
	if name != "login" {
		const most = 200 // a longer list is hard to read; other keys can be typed
		clock, keys := c.Service.Clock.State(), c.Service.Keys.List()
		f.Views, f.Key, f.Clock = views, r.URL.Query().Get("key"), control.Clock{Now: clock.Now, Frozen: clock.Frozen, Scale: clock.Scale}
		f.Keys = keys[:min(len(keys), most)]
	}
	var text bytes.Buffer
	if err := templates()["pages/"+name+".html"].Execute(&text, f); err != nil {
		http.Error(w, "the console failed: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = text.WriteTo(w)
}

// scope is the search for what belongs to the key of the address, or to all without one.
func (c *Console) scope(r *http.Request) journal.Query {
	if key := r.URL.Query().Get("key"); key != "" {
		return c.Service.Scope(key)
	}
	return journal.Query{AnyAccount: true}
}

// number reads a number of the address; 0 if it is absent.
func number(name, text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%w: %s %q is not a number", errInvalid, name, text)
	}
	return n, nil
}
