package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

// otherOrigin opens a page of another port, whose browser is logged in, and tries to read
// and to write.
func otherOrigin(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer, simulator.WithAdminToken("geheim"))
	p := open(t, in, b.server.URL, ui+"/")
	p.logIn("geheim")
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><title>evil</title><iframe name="sink"></iframe>`)
	}))
	defer evil.Close()
	page := open(t, in, evil.URL, "/")
	got := eval[map[string]string](page, fmt.Sprintf(`(async base => {
	  const tried = {}, note = name => [value => { tried[name] = "got " + value; }, () => { tried[name] = "refused"; }];
	  await fetch(base + "/_admin/keys", {credentials: "include"}).then(r => r.text()).then(...note("read"));
	  await fetch(base + "/_admin/ui/", {credentials: "include", mode: "no-cors"}).then(r => r.text()).then(t => { tried.opaque = t; });
	  await fetch(base + "/_admin/reset", {method: "POST", credentials: "include", mode: "no-cors"}).then(r => r.text()).then(t => { tried.write = t; });
	  await fetch(base + "/_admin/clock/advance", {method: "POST", credentials: "include", body: '{"seconds":60}', headers: {"Content-Type": "application/json"}}).then(...note("json"));
	  await new Promise(done => { const s = new EventSource(base + "/_admin/events", {withCredentials: true}); s.onmessage = s.onopen = () => { tried.stream = "got"; done(); }; s.onerror = () => { tried.stream = "refused"; s.close(); done(); }; });
	  const form = Object.assign(document.createElement("form"), {method: "post", action: base + "/_admin/clock/freeze", target: "sink"});
	  document.body.append(form);
	  form.submit();
	  return tried;
	})(%q)`, b.server.URL), chromedp.EvalAwaitPromise)
	for name, want := range map[string]string{"read": "refused", "opaque": "", "write": "", "json": "refused", "stream": "refused"} {
		if got[name] != want {
			t.Errorf("%s from another origin: %q, want %q", name, got[name], want)
		}
	}
	own := control.New(b.server.URL, control.WithToken("geheim"))
	if clock, err := own.Clock(t.Context()); err != nil || !clock.Now.Equal(start) {
		t.Errorf("the clock is %+v (%v), want it where it was", clock, err)
	}
	// The browser is logged in nevertheless.
	p.visit(ui + "/now")
	p.live()
	p.quiet()
}

// logIn fills in the form of the login.
func (p *tab) logIn(token string) {
	p.Helper()
	p.mu.Lock()
	p.complaints = nil // about the 401
	p.mu.Unlock()
	// A browser complains when a field has the focus before it gives it to it.
	p.until(`document.activeElement.id === "token"`)
	p.do(chromedp.SendKeys("#token", token))
	p.press(kb.Enter)
}

func login(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer, simulator.WithAdminToken("geheim"))
	p := open(t, in, b.server.URL, ui+"/now")
	if wrong := eval[[]string](p, strings.Replace(audit, "looked < 10", "looked < 5", 1)); len(wrong) > 0 {
		t.Errorf("the login: %q", wrong)
	}
	p.logIn("falsch")
	p.until(`document.querySelector(".why-box")?.textContent.includes("not the token")`)
	p.logIn("geheim")
	p.until(`location.pathname === "/_admin/ui/"`)
	p.live()
	if cookies := eval[string](p, "document.cookie"); cookies != "" {
		t.Errorf("scripts see the cookie %q", cookies)
	}
	status := func() int {
		return eval[int](p, `fetch("/_admin/keys").then(r => r.status)`, chromedp.EvalAwaitPromise)
	}
	if got := status(); got != http.StatusOK {
		t.Errorf("a call of the page: status %d, want 200", got)
	}
	p.quiet()
	p.click("header", "Log out")
	p.until(`document.querySelector("#token")`)
	if got := status(); got != http.StatusUnauthorized {
		t.Errorf("a call after the logout: status %d, want 401", got)
	}
}

func disconnected(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	p := open(t, in, b.server.URL, ui+"/")
	p.live()
	p.quiet()
	b.sim.Close()
	b.server.CloseClientConnections()
	b.server.Close()
	p.until(`!document.querySelector("#offline").hidden && document.querySelector("#offline").textContent.startsWith("Disconnected")`)
}

// http2 uses the console over TLS, where the browser chooses HTTP/2.
func http2(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, func(h http.Handler) *httptest.Server {
		s := httptest.NewUnstartedServer(h)
		s.EnableHTTP2 = true
		s.StartTLS()
		return s
	})
	p := open(t, in, b.server.URL, ui+"/")
	p.live()
	if got := eval[string](p, `performance.getEntriesByType("navigation")[0].nextHopProtocol`); got != "h2" {
		t.Errorf("the page came over %q, want h2", got)
	}
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
	p.until(`document.querySelectorAll("a.row").length === 1`)
	p.quiet()
}
