package browsertest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Start starts a browser without a window, or skips the test where there is none. It ends
// with the test, or after limit.
func Start(t *testing.T, limit time.Duration, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	var binary string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			binary = path
			break
		}
	}
	if binary == "" {
		if os.Getenv("AMMETER_REQUIRE_BROWSER") != "" {
			t.Fatal("no chromium in PATH, and AMMETER_REQUIRE_BROWSER is set")
		}
		t.Skip("no chromium in PATH, so the page was not opened in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.DisableGPU)
	options = append(options, more...)
	if os.Geteuid() == 0 { // its sandbox does not work for root
		options = append(options, chromedp.NoSandbox)
	}
	ctx, stop := context.WithTimeout(t.Context(), limit)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("start %s: %v", binary, err)
	}
	return ctx
}

// open looks at a page in a tab of its own.
func open(browser context.Context, t *testing.T, file string, width int64, scheme, selector string) sight {
	t.Helper()
	tab, closeTab := chromedp.NewContext(browser)
	defer closeTab()
	var complaints, requests []string
	page := "file://" + file
	err := chromedp.Listen(tab, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			complaints = append(complaints, "console "+string(e.Type))
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text)
		case *network.EventRequestWillBeSent:
			if e.Request.URL != page && !strings.HasPrefix(e.Request.URL, "data:") {
				requests = append(requests, e.Request.URL)
			}
		}
	})
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, media); err != nil {
		t.Fatalf("choose %s: %v", scheme, err)
	}
	if err := chromedp.Do(tab, chromedp.EmulateViewport(width, 900), chromedp.Navigate(page)); err != nil {
		t.Fatalf("open the page at %d pixels: %v", width, err)
	}
	seen, err := chromedp.Run(tab, chromedp.Evaluate[sight](fmt.Sprintf(look, selector)))
	if err != nil {
		t.Fatalf("look at the page: %v", err)
	}
	// Events come before the answer to what was asked after them.
	seen.complaints, seen.requests = complaints, requests
	return seen
}

// sight is what a browser made of a page.
type sight struct {
	Boxes []struct {
		Label               string `json:"label"`
		Left, Right, Height float64
	} `json:"boxes"`
	Broken      []string `json:"broken"` // words of tables that go over two lines
	ScrollWidth int      `json:"scrollWidth"`
	ClientWidth int      `json:"clientWidth"`
	Ink         string   `json:"ink"`
	Paper       string   `json:"paper"`

	complaints, requests []string
}

// look measures a page. Of a box that scrolls in a frame of its own, the frame counts.
const look = `(() => {
  const boxes = [...document.querySelectorAll(%q)].map(e => {
    const box = e.getBoundingClientRect(), frame = (e.closest(".scroll") || e).getBoundingClientRect();
    return {label: e.getAttribute("aria-label") || e.textContent.trim().slice(0, 20), left: Math.max(box.left, frame.left), right: Math.min(box.right, frame.right), height: box.height};
  });
  const broken = [];
  for (const cell of document.querySelectorAll("th, .scroll td:first-child")) {
    const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (text.nextNode()) for (const word of text.currentNode.data.matchAll(/[^\s-]+/g)) {
      const range = document.createRange();
      range.setStart(text.currentNode, word.index);
      range.setEnd(text.currentNode, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(r => r.top)).size > 1) broken.push(word[0]);
    }
  }
  const page = document.documentElement, style = getComputedStyle(document.body);
  return {boxes, broken, scrollWidth: page.scrollWidth, clientWidth: page.clientWidth, ink: style.color, paper: style.backgroundColor};
})()`
