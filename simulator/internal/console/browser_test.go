package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ammeter/ammeter/internal/browsertest"
	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

const ui = "/_admin/ui"

// TestConsole_inBrowser uses the console as people do. All its parts share one browser.
func TestConsole_inBrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	in := browser{browsertest.Start(t, 13*time.Minute, chromedp.IgnoreCertErrors)}
	for _, part := range []struct {
		name string
		run  func(*testing.T, browser)
	}{
		{"views", views},
		{"keyboard", keyboard},
		{"throttle", throttle},
		{"expire a key", expireKey},
		{"arm a fault", armFault},
		{"hostile names", hostileNames},
		{"other origin", otherOrigin},
		{"login", login},
		{"disconnected", disconnected},
		{"HTTP2", http2},
		{"many requests", manyRequests},
		{"cohort", cohort},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, in) })
	}
}

// views looks at every view, wide and narrow, light and dark.
func views(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	ctx := t.Context()
	if err := b.control.SetLimits(ctx, "key-1", limits(1, 2)); err != nil {
		t.Fatal(err)
	}
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap","insert_id":"i"},{"device_id":"phone-1","event_type":"Tap","insert_id":"i"}`)
	b.upload(429, `{"device_id":"phone-1","event_type":"Tap"},{"device_id":"phone-2","event_type":"`+strings.Repeat("Long", 200)+`"}`)
	b.upload(400, `{"user_id":"user-0001"}`)
	if _, err := b.control.AddFault(ctx, control.Fault{ID: "outage", Do: control.FaultAction{WAF: &control.WAFFault{}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.control.DefineCohort(ctx, control.Cohort{ID: "abcd1234", Name: "Cart", UserIDs: []string{"user-0001"}}); err != nil {
		t.Fatal(err)
	}
	p := open(t, in, b.server.URL, ui+"/")
	for _, path := range []string{
		"/", "/?refused=1&key=key-1", "/requests/2", "/now", "/devices", "/device?key=key-1&device=phone-1", "/controls?key=key-1", "/cohorts", "/no-such-page",
	} {
		p.visit(ui + path)
		p.live()
		if path == "/no-such-page" {
			p.mu.Lock()
			p.complaints = nil // that there is none
			p.mu.Unlock()
		}
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 400} {
				p.look(width, scheme)
				if wrong := eval[[]string](p, audit); len(wrong) > 0 {
					t.Errorf("%s at %d pixels, %s:\n%s", path, width, scheme, strings.Join(wrong, "\n"))
				}
			}
		}
	}
	p.quiet()
}

func limits(perSecond, window int) control.Limits {
	return control.Limits{EventsPerSecond: &perSecond, WindowSeconds: &window}
}

// keyboard walks over the landing page with the tab key, and uses its keys.
func keyboard(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
	b.upload(400, `{"device_id":"phone-1"}`)
	p := open(t, in, b.server.URL, ui+"/")
	p.live()
	want := eval[[]string](p, focusOrder)
	if len(want) < 20 {
		t.Fatalf("%d elements can have the focus, want those of the page: %q", len(want), want)
	}
	for _, tag := range want[:20] {
		p.press(kb.Tab)
		got := eval[struct {
			Tag  string `json:"tag"`
			Seen bool   `json:"seen"`
		}](p, focused)
		if got.Tag != tag || !got.Seen {
			t.Errorf("the focus is on %s (to be seen: %t), want it on %s", got.Tag, got.Seen, tag)
		}
	}
	p.visit(ui + "/")
	p.live()
	p.press("f")
	p.until(`location.search === "?refused=1" && document.querySelectorAll("a.row").length === 1`)
	p.live()
	p.press("f")
	p.until(`location.search === "?" || location.search === ""`)
	p.until(`document.querySelectorAll("a.row").length === 2`)
	p.live()
	p.press("?")
	p.until(`document.querySelector("#help").open`)
	p.press(kb.Escape)
	p.until(`!document.querySelector("#help").open`)
	p.press("j")
	p.press("j")
	p.press(kb.Enter)
	p.until(`location.pathname.endsWith("/requests/1")`)
	p.live()
	p.press("2")
	p.until(`location.pathname.endsWith("/now")`)
	p.quiet()
}

// throttle watches the meter of a device cross its line, and clear after the clock has been
// advanced in another tab.
func throttle(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	if err := b.control.SetLimits(t.Context(), "key-1", limits(1, 30)); err != nil {
		t.Fatal(err)
	}
	const phone1 = `{"device_id":"phone-1","event_type":"Tap"}`
	b.upload(200, phone1+strings.Repeat(","+phone1, 14))
	p := open(t, in, b.server.URL, ui+"/device?key=key-1&device=phone-1")
	const meter, end = `document.querySelector("[data-endpoint='/2/httpapi']")`, `(m => Number(m.querySelector(".fill").getAttribute("width")) + Number(m.querySelector(".over").getAttribute("width")))`
	p.live()
	p.until(meter + `.dataset.state === "open" && ` + end + `(` + meter + `) === 40`) // half of what the line stands for
	b.upload(200, phone1+strings.Repeat(","+phone1, 14))
	p.until(meter + `.dataset.state === "throttled" && ` + end + `(` + meter + `) === 80`) // at the line
	b.upload(429, phone1+`,{"device_id":"phone-2","event_type":"Tap"}`)
	p.until(end + `(` + meter + `) > 80`)
	for _, want := range []string{"30 of 30 events in 30 s", "throttled until 2026-01-02 03:04:35", "30 s"} {
		if got := p.text("#device"); !strings.Contains(strings.Join(strings.Fields(got), " "), want) {
			t.Errorf("the page of the device does not say %q:\n%s", want, got)
		}
	}
	if got := p.text("#device tbody tr"); !strings.Contains(got, "refused") || !strings.Contains(got, "1 of phone-2") {
		t.Errorf("the latest step is %q, want that it was refused and took an event of phone-2 with it", got)
	}
	if got := p.text("#device tbody tr:nth-child(2)"); !strings.Contains(got, "filled the window") {
		t.Errorf("the step before is %q, want that it filled the window", got)
	}
	controls := open(t, in, b.server.URL, ui+"/controls")
	controls.live()
	controls.click(".quicks", "+30 s")
	controls.until(`document.querySelector("#moving span").textContent.startsWith("Reached 2026-01-02 03:04:35")`)
	p.until(meter + `.dataset.state === "open" && ` + end + `(` + meter + `) === 0`)
	p.quiet()
	controls.quiet()
}

func expireKey(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
	p := open(t, in, b.server.URL, ui+"/controls?key=key-1")
	p.live()
	p.click("#keys-list", "Expire in 60 s")
	p.until(`document.querySelector("#keys-list .left")?.textContent === "01:00 left"`)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
	p.click("#keys-list", "Expire")
	p.until(`document.querySelector("#keys-list .tag").textContent === "expired"`)
	if got, want := p.text("#curl"), "curl -X POST "+b.server.URL+"/_admin/keys/key-1/expire"; !strings.HasPrefix(got, want) {
		t.Errorf("the command is %q, want %q", got, want)
	}
	b.upload(400, `{"device_id":"phone-1","event_type":"Tap"}`)
	p.click("#keys-list", "Renew")
	p.until(`document.querySelector("#keys-list .tag").textContent === "works"`)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
	p.quiet()
}

// armFault arms a fault with its form, sees it counted down and end, and arms it again with
// the command that the form shows.
func armFault(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	p := open(t, in, b.server.URL, ui+"/controls?key=key-1")
	p.live()
	eval[bool](p, `(() => {
	  const form = document.querySelector("form[data-set='do.server_error']");
	  form.closest("details").open = true;
	  for (const [name, value] of Object.entries({"do.server_error.status": "503", "when.probability": "1", "ttl_seconds": "600"})) {
	    form.querySelector("[name='" + name + "']").value = value;
	    form.querySelector("[name='" + name + "']").dispatchEvent(new Event("input", {bubbles: true}));
	  }
	  return true;
	})()`)
	command := p.text("#curl")
	want := "curl " + b.server.URL + `/_admin/faults -d '{"do":{"server_error":{"status":503}},"ttl_seconds":600,"when":{"probability":1},"target":{"api_key":"key-1"}}'`
	if got := len(command); got != len(want) || !strings.HasPrefix(command, "curl "+b.server.URL+"/_admin/faults -d '{") {
		t.Errorf("the command is\n%s\nwant, but for the order of members,\n%s", command, want)
	}
	p.click("form[data-set='do.server_error']", "Arm server error")
	p.until(`document.querySelector("#faults-list .left")?.textContent === "10:00 left"`)
	b.upload(503, `{"device_id":"phone-1","event_type":"Tap"}`)
	if _, err := b.control.AdvanceClock(t.Context(), 5*time.Minute); err != nil {
		t.Fatal(err)
	}
	p.until(`document.querySelector("#faults-list .left")?.textContent === "05:00 left"`)
	p.click(".quicks", "+1 h")
	p.until(`document.querySelector("#faults-list").innerText.includes("No fault is armed")`)
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)

	url, body, _ := strings.Cut(strings.TrimPrefix(command, "curl "), " -d ")
	resp, err := b.server.Client().Post(url, "application/json", strings.NewReader(strings.Trim(body, "'")))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	p.until(`document.querySelector("#faults-list .left")?.textContent === "10:00 left"`)
	p.quiet()
}

// hostileNames shows names that try to be HTML, or to turn the text around them.
func hostileNames(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	const hostile = `<img src=x onerror="document.title='owned'">`
	b.upload(200, `{"device_id":"phone-1\u202e\u2067","user_id":"`+strings.ReplaceAll(hostile, `"`, `\"`)+`","event_type":"`+strings.ReplaceAll(hostile, `"`, `\"`)+`"},`+
		`{"user_id":"user-0001","event_type":"\u202eevil\u0000"}`)
	b.upload(400, `{"device_id":"'><script>document.title='owned'</script>"}`)
	p := open(t, in, b.server.URL, ui+"/")
	for _, path := range []string{"/", "/requests/1", "/requests/2", "/now", "/devices", "/device?key=key-1&device=phone-1%E2%80%AE%E2%81%A7", "/device?key=key-1&user=%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D'owned'%22%3E"} {
		p.visit(ui + path)
		p.live()
		seen := eval[struct {
			Title, Text string
			Images      int
			Turned      int
		}](p, `({Title: document.title, Text: document.body.innerText, Images: document.querySelectorAll("main img, main script").length,
		   Turned: [...document.querySelectorAll("main bdi, main pre")].filter(e => /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u0000]/.test(e.textContent)).length})`)
		if seen.Title == "owned" || seen.Images > 0 || seen.Turned > 0 {
			t.Errorf("%s: title %q, %d images and scripts, %d texts that turn others around; want none", path, seen.Title, seen.Images, seen.Turned)
		}
		if path == "/requests/1" && (!strings.Contains(seen.Text, hostile) || !strings.Contains(seen.Text, `\u202eevil`)) {
			t.Errorf("%s does not show the names as text:\n%s", path, seen.Text)
		}
	}
	p.quiet()
}

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

// manyRequests opens the landing page over a journal of 100,000 requests: what the browser
// holds does not grow with them, and what arrives is shown at once.
func manyRequests(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	const many = 100_000
	for i := range many {
		b.upload(200, fmt.Sprintf(`{"device_id":"phone-%d","event_type":"Tap"}`, i))
	}
	p := open(t, in, b.server.URL, ui+"/?key=key-1")
	p.live()
	if rows, elements := eval[int](p, `document.querySelectorAll("a.row").length`), eval[int](p, `document.querySelectorAll("*").length`); rows != 100 || elements > 4000 {
		t.Errorf("%d rows and %d elements, want 100 and not more than 4000", rows, elements)
	}
	if got := p.text("#list"); !strings.Contains(got, "100,000 requests recorded") {
		t.Errorf("the page does not say how many there are: %.200s", got)
	}
	b.upload(400, `{"device_id":"phone-1"}`)
	p.until(`document.querySelector("a.row").textContent === "#100001"`)
	p.press("f")
	p.until(`document.querySelectorAll("a.row").length === 1`)
	p.visit(ui + "/?device=phone-0") // the oldest one
	p.until(`document.querySelector("a.row").textContent === "#1"`)
	p.visit(ui + "/devices?search=phone-99999")
	p.until(`document.querySelector("tr[data-id='phone-99999']")`)
	p.visit(ui + "/now")
	p.live()
	t.Logf("the view Now came in %d ms", eval[int](p, `Math.round(performance.getEntriesByType("navigation")[0].responseEnd)`))
	p.quiet()
}

// cohort syncs a cohort to the simulated Braze with its button.
func cohort(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	ctx := t.Context()
	if err := b.control.DefineBrazeWorkspace(ctx, control.BrazeWorkspace{Name: "shop", PartnerAPIKey: "partner", ClientSecret: "secret"}); err != nil {
		t.Fatal(err)
	}
	_, err := b.control.DefineCohort(ctx, control.Cohort{
		ID: "abcd1234", Name: "Cart", UserIDs: []string{"user-0001"},
		Sync: &control.CohortSync{URL: b.server.URL, PartnerAPIKey: "partner", ClientSecret: "secret"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.control.ChangeCohort(ctx, "abcd1234", control.CohortChange{AddUserIDs: []string{"user-0002"}}); err != nil {
		t.Fatal(err)
	}
	p := open(t, in, b.server.URL, ui+"/cohorts")
	p.live()
	p.click("#cohorts", "Sync now")
	p.until(`document.querySelector("#cohorts").innerText.includes("2 taken")`)
	p.until(`document.querySelector("#cohorts").innerText.includes("[Amplitude] Cart: abcd1234")`)
	p.quiet()
}
