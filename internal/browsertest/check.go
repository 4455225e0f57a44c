// Package browsertest opens a page in a browser, as the people who get it will.
package browsertest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Check opens a page, wide and narrow, light and dark: the browser complains of nothing,
// the page asks for nothing but itself, and everything is where it can be seen. The page
// must have the given number of elements that match the CSS selector; each of them must be
// in sight. The test is skipped where there is no browser, unless AMMETER_REQUIRE_BROWSER
// is set, and in short mode.
func Check(t *testing.T, page []byte, selector string, elements int) {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	browser := Start(t, 2*time.Minute)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 400} {
			seen := open(browser, t, file, width, scheme, selector)
			seen.judge(t, fmt.Sprintf("%d pixels, %s", width, scheme), float64(width), elements)
		}
	}
}

// judge reports what is wrong with what was seen.
func (s *sight) judge(t *testing.T, name string, width float64, elements int) {
	t.Helper()
	for _, complaint := range s.complaints {
		t.Errorf("%s: the browser complains: %s", name, complaint)
	}
	for _, url := range s.requests {
		t.Errorf("%s: the page asks for %s", name, url)
	}
	if s.ScrollWidth > s.ClientWidth {
		t.Errorf("%s: the page is %d pixels wide in a window of %d", name, s.ScrollWidth, s.ClientWidth)
	}
	if len(s.Broken) > 0 {
		t.Errorf("%s: words are broken: %q", name, s.Broken)
	}
	if s.Ink == s.Paper {
		t.Errorf("%s: text and ground are both %s", name, s.Ink)
	}
	if len(s.Boxes) != elements {
		t.Errorf("%s: %d charts or tables, want %d", name, len(s.Boxes), elements)
	}
	for _, b := range s.Boxes {
		if b.Left < 0 || b.Right > width || b.Right-b.Left < 300 || b.Height < 20 {
			t.Errorf("%s: %q cannot be seen well: it reaches from %g to %g and is %g high", name, b.Label, b.Left, b.Right, b.Height)
		}
	}
}
