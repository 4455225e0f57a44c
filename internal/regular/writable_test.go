package regular_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/internal/regular"
)

// What could not be written at the end of a run is refused before it, and nothing is
// changed by looking.
func TestWritable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	links := t.TempDir()
	link := func(name, to string) string {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(links, name)); err != nil {
			t.Skipf("no links here: %v", err)
		}
		return filepath.Join(links, name)
	}
	for _, row := range []struct {
		name, path string
		want       string // of the error of Writable, and of WritableDir
		wantDir    string
	}{
		{"a file", file, "", "is not a directory"},
		{"a new file", filepath.Join(dir, "new"), "", ""},
		{"a directory", dir, "is a directory", ""},
		{"in no directory", filepath.Join(dir, "absent", "new"), "no file can be written in", ""},
		{"a link to a new file", link("new", filepath.Join(dir, "new")), "", "which is not there"},
		{"a link into no directory", link("absent", filepath.Join(dir, "absent", "new")), "no file can be written in", "which is not there"},
		{"in a file", filepath.Join(file, "new"), "not a directory", "not a directory"},
	} {
		if err := regular.Writable(row.path); !says(err, row.want) {
			t.Errorf("%s: Writable: %v, want %q", row.name, err, row.want)
		}
		if err := regular.WritableDir(row.path); !says(err, row.wantDir) {
			t.Errorf("%s: WritableDir: %v, want %q", row.name, err, row.wantDir)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d entries are there, %v; want the file alone", len(entries), err)
	}
	if text, err := os.ReadFile(file); string(text) != "kept" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

func says(err error, want string) bool {
	if want == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), want)
}
