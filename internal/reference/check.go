package reference

import (
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// Check fails a test if a file is not the page of a program, or if the help of a command has
// no example. With update it writes the file first.
func Check(tb testing.TB, file string, update bool, apps ...*kong.Application) {
	tb.Helper()
	page := Page(apps...)
	if update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	stored, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if diff := cmp.Diff(string(stored), page); diff != "" {
		tb.Errorf("%s (- stored, + of the program; -update writes it):\n%s", file, diff)
	}
	for _, app := range apps {
		for _, command := range leaves(app) {
			if command.Name != "version" && !strings.Contains(command.Help+command.Detail, "Example") {
				tb.Errorf("%s %s --help has no example", app.Name, command.Path())
			}
		}
	}
}
