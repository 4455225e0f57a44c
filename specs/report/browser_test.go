package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/internal/browsertest"
	"github.com/ammeter/ammeter/specs/report"
)

func TestWriteHTML_inBrowser(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := example(t).WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	browsertest.Check(t, page.Bytes(), "svg[role=img]", 1)
}

// failing is the example with a long excerpt, a death, and evidence that names a requirement.
func failing(t *testing.T) report.Results {
	t.Helper()
	r := example(t)
	long := wrongTime(r.Started)
	for range 25 {
		long.Requests = append(long.Requests, long.Requests[0])
	}
	r.Recordings[0] = report.Recorded("all fixtures", long, nil, &report.Death{How: "exit code 3"})
	r.Requirements[2].Evidence = "1 of 3 events lost, as VAL-001 says; NOT-001 is none"
	return r
}

// What the report speaks of it leads to, and every link leads somewhere.
func TestWriteHTML_links(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	if err := failing(t).WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, has := range []string{
		`<li><a href="#VAL-001">VAL-001</a> (MUST): The time sent is in milliseconds; Currents gives seconds.</li>`,
		`<p>1 of 3 events lost, as <a href="#VAL-001">VAL-001</a> says; NOT-001 is none</p>`,
		`<p>It was recorded for <a href="#VAL-001">VAL-001</a>.</p>`,
		`<p class="dim">Requirement <a href="#VAL-001">VAL-001</a>. Source: Amplitude: HTTP V2 API; Braze: Currents event glossary. Since 0.1.</p>`,
		`<details class="traffic"><summary class="dim">Traffic of recording all fixtures, redacted: events: 1, requests: 26</summary>`,
	} {
		if !strings.Contains(page.String(), has) {
			t.Errorf("the report lacks %s", has)
		}
	}
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page.String(), -1) {
		if !strings.Contains(page.String(), `id="`+link[1]+`"`) {
			t.Errorf("#%s leads nowhere", link[1])
		}
	}
}

// The filter needs no script, and no mouse.
func TestWriteHTML_filter(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	var page bytes.Buffer
	if err := failing(t).WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tab := browsertest.Start(t, 2*time.Minute)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(tab, steps...); err != nil {
			t.Fatal(err)
		}
	}
	sees := func(when string, want ...string) {
		t.Helper()
		const rows = `[...document.querySelectorAll(".requirement")].filter(e => e.checkVisibility()).map(e => e.id)`
		got, err := chromedp.Run(tab, chromedp.Evaluate[[]string](rows))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +seen):\n%s", when, diff)
		}
	}
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate("file://"+file))
	sees("at first", "MAP-001", "VAL-001", "ID-008", "KEY-004", "RATE-001", "CAP-003")
	do(chromedp.Focus(chromedp.ID("failed-only")), chromedp.KeyEvent(" "))
	sees("failed only", "VAL-001", "ID-008")
	do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("val"))
	sees("failed of an area", "VAL-001")
	do(chromedp.Focus(chromedp.ID("failed-only")), chromedp.KeyEvent(" "), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent("rate"))
	sees("an area", "RATE-001")
	do(chromedp.Navigate("file://" + file + "#MAP-001"))
	sees("a link to what is filtered out", "MAP-001", "RATE-001")
	for _, scheme := range []string{"light", "dark"} {
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, media); err != nil {
			t.Fatal(err)
		}
		browsertest.Accessible(tab, t, scheme)
	}
}
