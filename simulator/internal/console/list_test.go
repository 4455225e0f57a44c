package console_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

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
	if rows, elements := eval[int](p, `document.querySelectorAll("a.row").length`), eval[int](p, `document.querySelectorAll("*").length`); rows != 150 || elements > 6000 {
		t.Errorf("%d rows and %d elements, want 150 and not more than 6000", rows, elements)
	}
	if got := p.text("#found"); !strings.Contains(got, "100,000 requests") {
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

// list scrolls over the requests: rows come where the reader is, stay while others arrive,
// and the list goes on with the newest when he wants it.
func list(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	for i := range 2000 {
		b.upload(200, fmt.Sprintf(`{"device_id":"phone-%d","event_type":"Tap"}`, i))
	}
	for _, width := range []int64{1280, 400} {
		p := open(t, in, b.server.URL, ui+"/")
		p.look(width, "light")
		p.visit(ui + "/")
		p.live()
		const first, last = `document.querySelector("a.row").textContent`, `[...document.querySelectorAll("a.row")].at(-1)`
		newest := eval[string](p, first)
		p.press(kb.End)
		p.until(last + `.textContent === "#1"`)
		heights := eval[[]int](p, `[...new Set([...document.querySelectorAll("a.row")].map(a => Math.round(a.closest("tr").getBoundingClientRect().height)))]`)
		if len(heights) != 1 {
			t.Errorf("rows at %d pixels are %v high, want all the same", width, heights)
		}
		if got := eval[int](p, `document.querySelector("a.row").closest("tr").ariaRowIndex - 0`) + eval[int](p, `document.querySelectorAll("a.row").length`); got != eval[int](p, `document.querySelector("table").getAttribute("aria-rowcount") - 0`)+2 {
			t.Errorf("the last row has the index %d, want one behind the number of requests", got-1)
		}
		before := eval[[]string](p, `[scrollY + "", document.querySelector("a.row").textContent]`)
		b.upload(200, `{"device_id":"phone-1","event_type":"Tap"}`)
		p.until(`document.querySelector("#newest")?.innerText.startsWith("1 newer")`)
		if after := eval[[]string](p, `[scrollY + "", document.querySelector("a.row").textContent]`); !slices.Equal(before, after) {
			t.Errorf("a request that arrived moved the list from %q to %q", before, after)
		}

		// The address leads back to the same rows.
		eval[bool](p, `(`+last+`.click(), true)`)
		p.until(`location.pathname.endsWith("/requests/1")`)
		p.do(chromedp.NavigateBack())
		p.until(`document.querySelector("a.row") && ` + last + `.textContent === "#1" && ` + last + `.getBoundingClientRect().top < innerHeight`)

		p.press("n")
		p.until(fmt.Sprintf(`scrollY === 0 && !location.search && Number(%s.slice(1)) === Number(%q.slice(1)) + 1`, first, newest))

		// The key j leads over the end of what was loaded.
		bottom := eval[string](p, `(`+last+`.focus(), document.activeElement.textContent)`)
		p.until(last + `.textContent !== "` + bottom + `"`)
		if has := eval[string](p, `document.activeElement.textContent`); has != bottom {
			t.Fatalf("rows that came in moved the focus from %s to %q", bottom, has)
		}
		p.press("j")
		p.until(`Number(document.activeElement.textContent.slice(1)) === Number("` + bottom + `".slice(1)) - 1`)
		p.quiet()
	}
}
