package report

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	catalog "github.com/ammeter/ammeter/specs/requirement"
)

// The page explains metrics in the words of the README.
func TestMeanings_areThoseOfTheREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../scenarios/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "| metrics | what they are |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var want []meaning
	for row := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(strings.Trim(row, "| "), " | ")
		want = append(want, meaning{strings.FieldsFunc(cells[0], func(r rune) bool { return strings.ContainsRune("` ,", r) }), cells[1]})
	}
	if diff := cmp.Diff(want, meanings); diff != "" {
		t.Errorf("(-README +page):\n%s", diff)
	}
}

// The page has the words of the suite, and no requirement that nothing speaks of.
func TestRequirements_areThoseOfTheSuite(t *testing.T) {
	t.Parallel()
	for _, r := range requirements {
		known, _ := catalog.Lookup(r.ID)
		if want := (requirement{known.ID, known.Text, known.Source}); r != want {
			t.Errorf("%+v, want %+v", r, want)
		}
	}
	for _, s := range speaksOf {
		if n := len(requirementsOf(s.metric)); n != len(s.ids) {
			t.Errorf("%s speaks of %d requirements that are known, want %d", s.metric, n, len(s.ids))
		}
	}
	var spoken []string
	for _, s := range speaksOf {
		spoken = append(spoken, s.ids...)
	}
	for _, r := range requirements {
		if !slices.Contains(spoken, r.ID) {
			t.Errorf("nothing speaks of %s", r.ID)
		}
	}
}

func TestMeaningOf(t *testing.T) {
	t.Parallel()
	for metric, want := range map[string]string{
		"lost":                  "distinct events at the simulator",
		"other_p99":             "from when an event was due",
		"other_p99_ratio":       "others' p99 delay",
		"dropped.unaddressable": "the exporter's ledger",
		"planned.malformed":     "of the plan",
		"answers.400":           "the target's answers",
		"500ms":                 "",
		"==":                    "",
		"planned.":              "",
		"":                      "",
	} {
		m, known := meaningOf(metric)
		if known != (want != "") || !strings.HasPrefix(m.Text, want) {
			t.Errorf("%q: %q, want %q", metric, m.Text, want)
		}
	}
}

// Every threshold of the shipped scenarios is explained.
func TestMeaningOf_shippedScenarios(t *testing.T) {
	t.Parallel()
	scenarios, err := os.ReadDir("../scenarios")
	if err != nil {
		t.Fatal(err)
	}
	threshold := regexp.MustCompile(`(?m)^  - ([a-z0-9_.]+) [<>=!]`)
	seen := 0
	for _, file := range scenarios {
		if !strings.HasSuffix(file.Name(), ".yaml") {
			continue
		}
		text, err := os.ReadFile("../scenarios/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range threshold.FindAllStringSubmatch(string(text), -1) {
			seen++
			if _, known := meaningOf(found[1]); !known {
				t.Errorf("%s: %s is not explained", file.Name(), found[1])
			}
		}
	}
	if seen < 50 {
		t.Errorf("%d thresholds were found, want those of eleven scenarios", seen)
	}
}
