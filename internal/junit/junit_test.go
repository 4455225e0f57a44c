package junit_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ammeter/ammeter/internal/junit"
)

// TestWrite writes a suite with cases of all kinds and reads it back.
func TestWrite(t *testing.T) {
	t.Parallel()
	problem := &junit.Problem{Message: "a < b & \u202ec", Text: "line 1\nline 2"}
	suite := junit.Suite{Name: "s", Properties: []junit.Property{{Name: "p", Value: "v"}}}
	suite.Add(junit.Case{Name: "passed", Class: "c", Out: "o"})
	suite.Add(junit.Case{Name: "failed", Failure: problem})
	suite.Add(junit.Case{Name: "broke", Error: problem})
	suite.Add(junit.Case{Name: "left out", Skipped: problem})
	suite.Add(junit.Case{Name: "failed again", Failure: problem})
	var file strings.Builder
	if err := junit.Write(&file, suite); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(file.String(), '\u202e') {
		t.Error("a character of direction goes out as it is")
	}
	var back struct {
		Suites []junit.Suite `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(file.String()), &back); err != nil || len(back.Suites) != 1 {
		t.Fatalf("%v, %d suites, in\n%s", err, len(back.Suites), file.String())
	}
	got := back.Suites[0]
	if got.Tests != 5 || got.Failures != 2 || got.Errors != 1 || got.Skipped != 1 {
		t.Errorf("counts %d, %d, %d, %d, want 5, 2, 1, 1", got.Tests, got.Failures, got.Errors, got.Skipped)
	}
	if diff := cmp.Diff(suite.Cases[0], got.Cases[0]); diff != "" || len(got.Cases) != 5 {
		t.Errorf("%d cases, the first one (-written +read):\n%s", len(got.Cases), diff)
	}
}
