package console_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ammeter/ammeter/internal/browsertest"
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
		{"quota", quota},
		{"why throttled", whyThrottled},
		{"expire a key", expireKey},
		{"arm a fault", armFault},
		{"hostile names", hostileNames},
		{"other origin", otherOrigin},
		{"login", login},
		{"disconnected", disconnected},
		{"HTTP2", http2},
		{"many requests", manyRequests},
		{"list", list},
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
