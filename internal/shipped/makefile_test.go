package shipped

import (
	"os"
	"strings"
	"testing"
)

// A recipe of more than five lines is a script in .ci, which can be read and run by itself.
func TestMakefile_recipesAreShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	const most = 5
	target, lines, recipes := "", 0, 0
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "\t") {
			if lines++; lines == 1 {
				recipes++
			}
			if lines == most+1 {
				t.Errorf("the recipe of %s has more than %d lines", target, most)
			}
			continue
		}
		target, _, _ = strings.Cut(line, ":")
		lines = 0
	}
	if recipes < 20 {
		t.Errorf("%d recipes: not all were found", recipes)
	}
}
