package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/simulator/control"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// bench is a simulator that is served on its own, with a clock that stands still and one
// key.
type bench struct {
	*testing.T
	sim     *simulator.Simulator
	server  *httptest.Server
	control *control.Client
}

func newBench(t *testing.T, serve func(http.Handler) *httptest.Server, opts ...simulator.Option) *bench {
	t.Helper()
	sim, err := simulator.New(append([]simulator.Option{simulator.WithKey("key-1"), simulator.WithFrozenClock(start)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	server := serve(sim)
	t.Cleanup(func() { sim.Close(); server.CloseClientConnections(); server.Close() })
	return &bench{t, sim, server, control.New(server.URL, control.WithHTTPClient(server.Client()))}
}

// upload sends events of key-1 and wants a status.
func (b *bench) upload(want int, events string) {
	b.Helper()
	w := httptest.NewRecorder()
	b.sim.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/2/httpapi", strings.NewReader(`{"api_key":"key-1","events":[`+events+`]}`)))
	if w.Code != want {
		b.Fatalf("upload: answered %d %s, want %d", w.Code, w.Body, want)
	}
}

// browser is the one that all parts of the test share.
type browser struct{ ctx context.Context }

// tab is a tab of the browser that looks at a simulator.
type tab struct {
	*testing.T
	ctx  context.Context
	base string

	mu         sync.Mutex // guards the rest
	complaints []string   // of the browser, and errors of scripts
	foreign    []string   // requests that went elsewhere
}

// open opens a page in a new tab, which is closed with the test.
func open(t *testing.T, in browser, base, path string) *tab {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(in.ctx)
	t.Cleanup(closeTab)
	p := &tab{T: t, ctx: ctx, base: base}
	err := chromedp.Listen(ctx, func(event any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			p.complaints = append(p.complaints, "console "+string(e.Type))
		case *runtime.EventExceptionThrown:
			p.complaints = append(p.complaints, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			p.complaints = append(p.complaints, e.Entry.Text+" "+e.Entry.URL)
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, base+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
				p.foreign = append(p.foreign, e.Request.URL)
			}
		}
	})
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	p.do(chromedp.EmulateViewport(1280, 900))
	p.visit(path)
	return p
}

func (p *tab) visit(path string) {
	p.Helper()
	p.do(chromedp.Navigate(p.base + path))
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// look chooses a width and a color scheme.
func (p *tab) look(width int64, scheme string) {
	p.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, media); err != nil {
		p.Fatalf("choose %s: %v", scheme, err)
	}
	p.do(chromedp.EmulateViewport(width, 900))
}

// eval is the value of an expression in the page.
func eval[T any](p *tab, expression string, opts ...chromedp.EvaluateOption) T {
	p.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, opts...))
	if err != nil {
		p.Fatalf("%s: %v", expression, err)
	}
	return value
}

// until waits for an expression to become true, also on the page that comes next. The page
// forbids what chromedp's own polling does (eval).
func (p *tab) until(expression string) {
	p.Helper()
	again, late := time.NewTicker(20*time.Millisecond), time.After(3*time.Minute)
	defer again.Stop()
	for {
		is, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if is {
			return
		}
		select {
		case <-again.C:
		case <-late:
			p.Fatalf("not true within three minutes (%v): %s\n%s", err, expression, eval[string](p, "document.body.innerText"))
		}
	}
}

// live waits until the stream of the page is open.
func (p *tab) live() {
	p.Helper()
	p.until(`document.querySelector("#connection").textContent === "live"`)
}

// text is what a person reads in an element.
func (p *tab) text(selector string) string {
	p.Helper()
	return eval[string](p, fmt.Sprintf(`document.querySelector(%q).innerText`, selector))
}

// click clicks the button with a text, in an element.
func (p *tab) click(within, text string) {
	p.Helper()
	p.until(fmt.Sprintf(`[...document.querySelectorAll(%q)].some(at => [...at.querySelectorAll("button")].some(b => b.textContent === %q))`, within, text))
	eval[bool](p, fmt.Sprintf(`([...document.querySelectorAll(%q)].flatMap(at => [...at.querySelectorAll("button")]).find(b => b.textContent === %q).click(), true)`, within, text))
}

func (p *tab) press(keys string) {
	p.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// quiet reports what the browser complained of, and requests that left the simulator.
func (p *tab) quiet() {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.complaints) > 0 {
		p.Errorf("the browser complains: %q", p.complaints)
	}
	if len(p.foreign) > 0 {
		p.Errorf("the page asked for %q", p.foreign)
	}
}
