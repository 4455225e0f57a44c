package report_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/internal/browsertest"
	"github.com/ammeter/ammeter/loadgen"
)

func TestWriteHTML_inBrowser(t *testing.T) {
	t.Parallel()
	s := summary()
	s.Goals = goals
	browsertest.Check(t, []byte(html(t, s)), "svg[role=img]", 7)
}

var goals = []loadgen.Goal{
	{Threshold: "other_p99_ratio < 1.1", Measured: "3.95"},
	{Threshold: "dropped.unaddressable == planned.unaddressable", Measured: "9, planned.unaddressable 9", Holds: true},
	{Threshold: "lost == 0", Measured: "0", Holds: true},
}

// A threshold leads to what its metric is and to the requirements it is about.
func TestWriteHTML_linksThresholds(t *testing.T) {
	t.Parallel()
	s := summary()
	s.Goals = goals
	page := html(t, s)
	for _, has := range []string{
		`<td><a href="#metric/other_p99_ratio">other_p99_ratio</a> &lt; 1.1</td><td>3.95</td><td><a href="#RATE-003">RATE-003</a></td>`,
		`<a href="#metric/dropped.unaddressable">dropped.unaddressable</a> == <a href="#metric/planned.unaddressable">planned.unaddressable</a>`,
		`<dt id="RATE-003">RATE-003</dt><dd>A burst of one device does not delay the events of other devices. <span class="soft">Source: Amplitude: HTTP V2 API (limits are per device).</span></dd>`,
		`<dt id="metric/planned.unaddressable">`,
	} {
		if !strings.Contains(page, has) {
			t.Errorf("the page lacks %s", has)
		}
	}
	for _, link := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+link[1]+`"`) {
			t.Errorf("#%s leads nowhere", link[1])
		}
	}
}
