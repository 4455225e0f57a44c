// Package console is the web page of the simulator: what arrived, why it was refused, and
// every control of the catalog as a form. Pages are rendered here from the state of the
// simulator; a small script refreshes their parts and calls the control API.
package console

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
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

//go:embed pages/*.html style.css console.js
var files embed.FS

// views are the pages of the navigation, in its order.
var views = []struct{ Name, Title, Path string }{
	{"requests", "Requests", Prefix + "/"},
	{"now", "Now", Prefix + "/now"},
	{"devices", "Devices and users", Prefix + "/devices"},
	{"controls", "Controls", Prefix + "/controls"},
	{"cohorts", "Cohorts", Prefix + "/cohorts"},
}

// templates are parsed when the first page is asked for: most simulators show none.
var templates = sync.OnceValue(func() map[string]*template.Template {
	parsed := map[string]*template.Template{}
	for _, name := range []string{"requests", "request", "now", "devices", "device", "controls", "cohorts", "login", "error"} {
		parsed[name] = template.Must(template.New("layout.html").Funcs(functions).ParseFS(files, "pages/layout.html", "pages/parts.html", "pages/"+name+".html"))
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
	sessions sessions
	mux      http.ServeMux
}

// New returns a console.
func New(cfg Config) *Console {
	c := &Console{Config: cfg, sessions: newSessions(cfg.Token)}
	c.mux.HandleFunc("GET "+Prefix+"/style.css", asset("style.css", "text/css; charset=utf-8"))
	c.mux.HandleFunc("GET "+Prefix+"/console.js", asset("console.js", "text/javascript; charset=utf-8"))
	c.mux.HandleFunc("POST "+Prefix+"/login", c.login)
	c.mux.HandleFunc("POST "+Prefix+"/logout", c.logout)
	c.mux.HandleFunc("GET "+Prefix+"/{$}", c.page("requests", c.requests))
	c.mux.HandleFunc("GET "+Prefix+"/requests/{seq}", c.page("request", c.request))
	c.mux.HandleFunc("GET "+Prefix+"/now", c.page("now", c.now))
	c.mux.HandleFunc("GET "+Prefix+"/devices", c.page("devices", c.devices))
	c.mux.HandleFunc("GET "+Prefix+"/device", c.page("device", c.device))
	c.mux.HandleFunc("GET "+Prefix+"/controls", c.page("controls", c.controls))
	c.mux.HandleFunc("GET "+Prefix+"/cohorts", c.page("cohorts", c.cohorts))
	c.mux.HandleFunc("GET "+Prefix+"/", c.page("error", func(r *http.Request) (any, error) {
		return nil, fmt.Errorf("%w page %s", errMissing, r.URL.Path)
	}))
	return c
}

// ServeHTTP serves a page, and sets the headers that keep it to itself.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "+
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	c.mux.ServeHTTP(w, r)
}

func asset(name, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, _ := files.ReadFile(name) // embedded
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(text)
	}
}

// frame is a page with what is around it.
type frame struct {
	View, Path, Title, Version string
	Views                      any
	Key                        string   // the scope
	Keys                       []string // to choose from
	Clock                      control.Clock
	Token                      bool // whether there is a login, hence a logout
	Body                       any
}

// Errors of pages. Others are the simulator's own.
var (
	errMissing = errors.New("there is no")
	errInvalid = errors.New("cannot read the address")
)

// page makes the handler of a view.
func (c *Console) page(view string, body func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !c.sessions.valid(r) {
			c.show(w, r, http.StatusUnauthorized, "login", "Log in", "")
			return
		}
		content, err := body(r)
		switch {
		case errors.Is(err, errInvalid):
			c.show(w, r, http.StatusBadRequest, "error", "Not understood", err.Error())
		case err != nil:
			c.show(w, r, http.StatusNotFound, "error", "Not found", err.Error())
		default:
			c.show(w, r, http.StatusOK, view, "", content)
		}
	}
}

// show writes a page.
func (c *Console) show(w http.ResponseWriter, r *http.Request, status int, view, title string, body any) {
	f := frame{View: view, Path: r.URL.Path, Title: title, Version: c.Version, Token: c.Token != "", Body: body}
	if view != "login" {
		f.Views, f.Key, f.Clock = views, r.URL.Query().Get("key"), c.clock()
		const most = 200 // a longer list is hard to read; other keys can be typed
		for _, k := range c.Service.Keys.List() {
			if f.Keys = append(f.Keys, k.APIKey); len(f.Keys) == most {
				break
			}
		}
	}
	var text bytes.Buffer
	if err := templates()[view].Execute(&text, f); err != nil {
		http.Error(w, "the console failed: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = text.WriteTo(w)
}

func (c *Console) clock() control.Clock {
	s := c.Service.Clock.State()
	return control.Clock{Now: s.Now, Frozen: s.Frozen, Scale: s.Scale}
}

// scope is the search for what belongs to a key, or to all if it is empty: its whole
// project, or for a key that was never created the requests that bear it.
func (c *Console) scope(key string) journal.Query {
	q := journal.Query{AnyAccount: key == "", Query: control.Query{APIKey: key}}
	if key != "" {
		account, unknown := c.Service.Account(key)
		q.Account, q.ByKey = account, unknown != nil
	}
	return q
}

// number reads a parameter of the address; 0 if it is absent.
func number(r *http.Request, name string) (uint64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%w: %s %q is not a number", errInvalid, name, text)
	}
	return n, nil
}
