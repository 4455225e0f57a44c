package console_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator/control"
)

func limits(perSecond, window int) control.Limits {
	return control.Limits{EventsPerSecond: &perSecond, WindowSeconds: &window}
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
	p.until(meter + `.dataset.state === "open" && ` + end + `(` + meter + `) === 15`) // half of what the line stands for
	b.upload(200, phone1+strings.Repeat(","+phone1, 14))
	p.until(meter + `.dataset.state === "throttled" && ` + end + `(` + meter + `) === 30`) // at the line
	b.upload(429, phone1+`,{"device_id":"phone-2","event_type":"Tap"}`)
	p.until(end + `(` + meter + `) > 30`)
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

// quota looks at a device that has used up its day, which the rate would still let through.
func quota(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	daily := 3
	if err := b.control.SetLimits(t.Context(), "key-1", control.Limits{DailyQuota: &daily}); err != nil {
		t.Fatal(err)
	}
	const phone1 = `{"device_id":"phone-1","event_type":"Tap"}`
	b.upload(200, phone1+","+phone1+","+phone1)
	b.upload(429, phone1)
	p := open(t, in, b.server.URL, ui+"/device?key=key-1&device=phone-1")
	p.live()
	if got := eval[[]string](p, `[...document.querySelectorAll("#device section:has(table) h2")].map(e => e.innerText)`); len(got) != 1 || got[0] != "How the day got to 3 of 3 events" {
		t.Errorf("the lists of requests are %q, want only that of the day", got)
	}
	for row, want := range map[string]string{"tr": "refused the device exceeded its daily quota", "tr:nth-child(2)": "counted, 3 of 3 filled the window"} {
		if got := p.text("#device tbody " + row + " td:nth-child(4)"); got != want {
			t.Errorf("%s: %q, want %q", row, got, want)
		}
	}
	p.quiet()
}

// whyThrottled starts where people start, and reaches the device that filled a window, not
// one whose events went down with it, by one link.
func whyThrottled(t *testing.T, in browser) {
	t.Helper()
	b := newBench(t, httptest.NewServer)
	if err := b.control.SetLimits(t.Context(), "key-1", limits(1, 2)); err != nil {
		t.Fatal(err)
	}
	p := open(t, in, b.server.URL, ui+"/")
	p.live()
	b.upload(200, `{"device_id":"phone-1","event_type":"Tap"},{"device_id":"phone-1","event_type":"Tap"}`)
	b.upload(429, `{"device_id":"phone-2","event_type":"Tap"},{"device_id":"phone-1","event_type":"Tap"}`)
	p.until(`document.querySelector("#throttled a")`)
	if got, want := p.text("#throttled"), "Throttled now: device phone-1, 2 of 2 events in 2 s throttled until 2026-01-02 03:04:07 00:02 left"; got != want {
		t.Errorf("the page says %q, want %q", got, want)
	}
	if got, want := p.text("#rows .what"), "device phone-1 Tap"; got != want {
		t.Errorf("the event of the refused request is %q, want %q", got, want)
	}
	eval[bool](p, `(document.querySelector("#throttled a").click(), true)`)
	p.until(`location.search === "?key=key-1&device=phone-1"`)
	p.live()
	p.until(`document.querySelector("#device tbody .tag").textContent === "refused"`)
	p.quiet()
}
