package requirement_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/specs/requirement"
)

func TestAll_rowsAreComplete(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`^([A-Z]+-\d{3}|TYPE-[A-Za-z.]+)$`)
	seen := map[string]bool{}
	for _, r := range requirement.All() {
		if !id.MatchString(r.ID) {
			t.Errorf("%q is not an ID like MAP-001 or TYPE-users.x.Y", r.ID)
		}
		if seen[r.ID] {
			t.Errorf("%s appears twice", r.ID)
		}
		seen[r.ID] = true
		if r.Level != requirement.Must && r.Level != requirement.Should && r.Level != requirement.May {
			t.Errorf("%s has the level %q", r.ID, r.Level)
		}
		if r.Area == "" || r.Source == "" || r.Since == "" {
			t.Errorf("%s lacks an area, a source or a version: %+v", r.ID, r)
		}
		if !strings.HasSuffix(r.Text, ".") {
			t.Errorf("%s: its text is not a sentence: %q", r.ID, r.Text)
		}
	}
}

func TestAll_everyRequiredTypeIsAMust(t *testing.T) {
	t.Parallel()
	count := map[requirement.Level]int{}
	for _, r := range requirement.All() {
		if r.Area == "types" {
			count[r.Level]++
		}
	}
	if count[requirement.Must] != 62 || count[requirement.Should] != 38 {
		t.Errorf("event types by level: %v, want 62 MUST and 38 SHOULD", count)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	r, ok := requirement.Lookup("type-users.messages.email.open")
	if !ok || r.ID != "TYPE-users.messages.email.Open" || r.Level != requirement.Must {
		t.Errorf("Lookup ignoring case = %+v, %t", r, ok)
	}
	if r, ok := requirement.Lookup("MAP-999"); ok {
		t.Errorf("Lookup of an unknown ID = %+v", r)
	}
}
