package regular_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/ammeter/ammeter/internal/regular"
)

// A link stays one, and the file that it points to has the new content and nothing beside it.
func TestReplace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		links map[string]string // by name
		path  string
	}{
		"a new file":                   {nil, "dir/file"},
		"a file that is there":         {nil, "dir/old"},
		"a link":                       {map[string]string{"link": "dir/old"}, "link"},
		"a link to a new file":         {map[string]string{"link": "dir/file"}, "link"},
		"a link to a link":             {map[string]string{"link": "other", "other": "dir/old"}, "link"},
		"a link in a linked directory": {map[string]string{"dir/link": "../far", "linked": "dir"}, "linked/link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			if err := os.Mkdir(filepath.Join(root, "dir"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "dir", "old"), []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			for link, to := range c.links {
				if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
					t.Skipf("make a link: %v", err)
				}
			}
			path := filepath.Join(root, c.path)
			for _, want := range []string{"text", "text again"} {
				if err := regular.Replace(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(path); err != nil || string(got) != want {
					t.Errorf("the file holds %q, %v; want %q", got, err, want)
				}
			}
			for link, to := range c.links {
				if got, err := os.Readlink(filepath.Join(root, link)); err != nil || got != to {
					t.Errorf("%s points to %q, %v; want %q", link, got, err, to)
				}
			}
			if left, err := filepath.Glob(filepath.Join(root, "*", "*.partial")); err != nil || len(left) > 0 {
				t.Errorf("%q, %v are left beside it", left, err)
			}
		})
	}
}

// What is open already is written to, and its name stays what it is.
func TestReplace_inherited(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := fmt.Sprintf("/dev/fd/%d", w.Fd())
	before, err := os.Readlink(path)
	if err != nil {
		t.Skipf("this system has no %s: %v", path, err)
	}
	err = regular.Replace(path, []byte("text"), 0o644)
	if after, _ := os.Readlink(path); err != nil || after != before {
		t.Errorf("Replace = %v; %s is %q, was %q", err, path, after, before)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != "text" || err != nil {
		t.Errorf("the pipe holds %q, %v", got, err)
	}
}
