package mutation

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/specs/requirement"
)

var (
	reportLink = regexp.MustCompile(`^\[(\S+/\S+) (#|PR )(\d+)\]\(https://github\.com/(\S+)/(issues|pull)/(\d+)\)$`)
	showing    = regexp.MustCompile("^`make mutants MUTANT=(\\S+) REQUIREMENT=(\\S+)`$")
)

// Each row of the track record names a report, a requirement, and a command that the kill
// matrix says passes: the requirement kills the mutant in every run.
func TestTrackRecord(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../TRACK-RECORD.md")
	if err != nil {
		t.Fatal(err)
	}
	matrix, err := Load(matrixFile)
	if err != nil {
		t.Fatal(err)
	}
	const least = 25
	rows, reports := 0, map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| [") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 4 {
			t.Errorf("%q has %d cells, want 4", line, len(cells))
			continue
		}
		link := reportLink.FindStringSubmatch(strings.TrimSpace(cells[0]))
		if link == nil || link[1] != link[4] || link[3] != link[6] || (link[2] == "#") != (link[5] == "issues") {
			t.Errorf("%q is no report of a project with its address", cells[0])
			continue
		}
		if reports[link[0]] {
			t.Errorf("%s has two rows", link[1]+" "+link[2]+link[3])
		}
		reports[link[0]] = true
		command := showing.FindStringSubmatch(strings.TrimSpace(cells[3]))
		if command == nil || command[2] != cells[2] {
			t.Errorf("%q is not the command that shows %s", cells[3], cells[2])
			continue
		}
		if _, known := requirement.Lookup(command[2]); !known {
			t.Errorf("there is no requirement %s", command[2])
		}
		if kills, known := matrix.Mutants[command[1]]; !known || !slices.Contains(kills.Always(), command[2]) {
			t.Errorf("the kill matrix does not say that %s kills %s in every run", command[2], command[1])
		}
	}
	if rows < least {
		t.Errorf("the track record has %d rows, want at least %d", rows, least)
	}
}
