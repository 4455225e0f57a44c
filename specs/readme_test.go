package specs_test

import (
	"flag"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/requirement"
)

var update = flag.Bool("update", false, "write the counts of requirements into the READMEs")

var (
	profileLine = regexp.MustCompile(`^(full|quick) profile, \d+ requirements`)
	summaryLine = regexp.MustCompile(`^(\S+: conformant[^,]*), MUST \d+/\d+, SHOULD \d+/\d+(.*)$`)
	without     = regexp.MustCompile(`(\d+) (did not arise|not claimed|not observable)`)
)

// The READMEs show what conformance prints, counts included.
func TestREADME_counts(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"README.md", "../README.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want := counted(t, string(text))
		switch {
		case string(text) == want:
		case *update:
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s has other counts than the catalog: make requirement, or go test ./specs -run README -update", path)
		}
	}
}

// counted puts the counts of the catalog into the output of conformance in a text.
func counted(t *testing.T, text string) string {
	t.Helper()
	profile := specs.Full
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if m := profileLine.FindStringSubmatch(line); m != nil {
			profile = specs.Profile(m[1])
			must, should := counts(t, profile)
			lines[i] = profileLine.ReplaceAllString(line, "$1 profile, "+strconv.Itoa(must+should)+" requirements")
		}
		if m := summaryLine.FindStringSubmatch(line); m != nil {
			must, should := counts(t, profile)
			for _, left := range without.FindAllStringSubmatch(m[2], -1) {
				n, err := strconv.Atoi(left[1])
				if err != nil {
					t.Fatal(err)
				}
				must -= n // all that may be left out are a MUST
			}
			of := func(n int) string { return strconv.Itoa(n) + "/" + strconv.Itoa(n) }
			lines[i] = m[1] + ", MUST " + of(must) + ", SHOULD " + of(should) + m[2]
		}
	}
	return strings.Join(lines, "\n")
}

// counts are the requirements of a profile by level.
func counts(t *testing.T, profile specs.Profile) (must, should int) {
	t.Helper()
	selected, err := specs.Select(profile.Filter(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range selected {
		if r.Level == requirement.Must {
			must++
		} else {
			should++
		}
	}
	return must, should
}

func TestREADME_countedFollowsTheCatalog(t *testing.T) {
	t.Parallel()
	text := counted(t, "quick profile, 7 requirements, more\n...\nx: conformant, MUST 1/1, SHOULD 1/1, 2 not claimed, 1 did not arise (seed 1)\n")
	must, should := counts(t, specs.Quick)
	for _, want := range []string{
		"quick profile, " + strconv.Itoa(must+should) + " requirements, more\n",
		"x: conformant, MUST " + strconv.Itoa(must-3) + "/" + strconv.Itoa(must-3) + ", SHOULD ",
		", 2 not claimed, 1 did not arise (seed 1)\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
}
