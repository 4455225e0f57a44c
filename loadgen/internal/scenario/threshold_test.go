package scenario_test

import (
	"strings"
	"testing"

	"github.com/ammeter/ammeter/loadgen/internal/scenario"
)

func TestThreshold_Judge(t *testing.T) {
	t.Parallel()
	values := scenario.Values{
		"p99": 49.5, "lost": 0, "delivered": 7, "expected": 8, "throttled_events": 3, "other_p99_ratio": 1.1,
		"dropped.": 0, "dropped.key_expired": 4, "dropped": 4,
	}
	for _, tt := range []struct {
		text     string
		holds    bool
		measured string
	}{
		{"p99 < 50ms", true, "49.5ms"},
		{"p99<49500us", false, "49.5ms"},
		{"p99 <= 0.0495s", true, "49.5ms"},
		{"p99 > 1m", false, "49.5ms"},
		{"lost == 0", true, "0"},
		{"lost != 0", false, "0"},
		{"throttled_events > 0", true, "3"},
		{"throttled_events >= 4", false, "3"},
		{"other_p99_ratio < 1.1", false, "1.1"},
		{"other_p99_ratio <= 110%", true, "1.1"},
		{"delivered == expected", false, "7, expected 8"},
		{"delivered < expected", true, "7, expected 8"},
		{"dropped.key_expired == dropped", true, "4, dropped 4"},
		{"dropped.malformed == 0", true, "0"},
		// What was not measured holds nothing.
		{"held == 0", false, "held was not measured"},
		{"dead_lettered.refused == 0", false, "dead_lettered.refused was not measured"},
		{"lost <= duplicates", false, "duplicates was not measured"},
	} {
		threshold, err := scenario.ParseThreshold(tt.text)
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		if holds, measured := threshold.Judge(values); holds != tt.holds || measured != tt.measured {
			t.Errorf("%q: %v, %q; want %v, %q", tt.text, holds, measured, tt.holds, tt.measured)
		}
	}
}

func TestParseThreshold_errors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "has no operator",
		"lost":                          "has no operator",
		"lost = 0":                      "has no operator",
		"== 0":                          `there is no metric ""`,
		"losses == 0":                   `there is no metric "losses"`,
		"lost == ":                      "nothing to compare with",
		"lost == zero":                  `there is no metric "zero"`,
		"lost == 0x10":                  `"0x10" is neither`,
		"lost == 1_000":                 "is neither",
		"lost == 1e400":                 "is neither",
		"p99 < 50":                      "give \"50\" a unit",
		"p99 < lost":                    "is a length of time",
		"lost < 50ms":                   "lost is a number",
		"p99 < 50 ms extra":             "is neither",
		"dropped. == 0":                 `there is no metric "dropped."`,
		"planned.nonsense == 0":         "planned has events",
		"lost == 0 and unexpected == 0": "is neither",
	} {
		if _, err := scenario.ParseThreshold(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseThreshold(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

func FuzzParseThreshold(f *testing.F) {
	for _, text := range []string{"p99 < 50ms", "lost == 0", "delivered == expected", "dropped.key_expired > 1e3", "waste<=110%", "<=", "max!=9us"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		threshold, err := scenario.ParseThreshold(text)
		if err != nil {
			return
		}
		// Whatever is accepted can be judged, and says what is not measured.
		if holds, measured := threshold.Judge(nil); holds || !strings.HasSuffix(measured, "was not measured") {
			t.Errorf("%q holds (%v, %q) although nothing was measured", text, holds, measured)
		}
	})
}
