package specs_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/simulator"
	"github.com/ammeter/ammeter/specs"
	"github.com/ammeter/ammeter/specs/requirement"
)

var update = flag.Bool("update", false, "write the counts of requirements into the READMEs")

var (
	profileLine = regexp.MustCompile(`^(full|quick) profile, \d+ requirements`)
	summaryLine = regexp.MustCompile(`^(\S+: conformant[^,]*), MUST \d+/\d+, SHOULD \d+/\d+(.*)$`)
	behaviorRow = regexp.MustCompile(`(?m)^(\w+) +(measured|published|guess) +\d+ +[-\d]+  (.+)$`)
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

// The README shows what the simulator does today.
func TestREADME_behaviors(t *testing.T) {
	t.Parallel()
	table := map[string]string{}
	for _, row := range simulator.Fidelity() {
		table[row.Name] = string(row.Known) + ": " + row.Set
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := behaviorRow.FindAllStringSubmatch(string(text), -1)
	if len(rows) < 10 {
		t.Fatalf("%d rows: not all were found", len(rows))
	}
	for _, row := range rows {
		if shown := row[2] + ": " + row[3]; table[row[1]] != shown {
			t.Errorf("README.md shows of %s %q; the simulator's table has %q", row[1], shown, table[row[1]])
		}
	}
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

var (
	link    = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	target  = regexp.MustCompile("(?m)(?:^\\$ |`)make ([a-z-]+)")
	program = regexp.MustCompile(`dist/([a-z-]+)`)
)

// The README of the project is short, and what it names is there: links, targets of make
// and programs.
func TestREADME_namesWhatIsThere(t *testing.T) {
	t.Parallel()
	const most = 150
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n > most {
		t.Errorf("README.md has %d lines, want %d at most", n, most)
	}
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	links, targets := link.FindAllStringSubmatch(string(text), -1), target.FindAllStringSubmatch(string(text), -1)
	if len(links) < 10 || len(targets) < 5 {
		t.Fatalf("%d links and %d targets: not all were found", len(links), len(targets))
	}
	for _, m := range links {
		if _, err := os.Stat("../" + m[1]); err != nil {
			t.Errorf("a link leads nowhere: %v", err)
		}
	}
	for _, m := range targets {
		if !strings.Contains(string(makefile), "\n"+m[1]+":") {
			t.Errorf("make has no target %s", m[1])
		}
	}
	for _, m := range program.FindAllStringSubmatch(string(text), -1) {
		if found, err := filepath.Glob("../*/cmd/" + m[1]); m[1] != "report" && (err != nil || len(found) != 1) {
			t.Errorf("there is no program %s: %v", m[1], err)
		}
	}
}
