//go:build unix

package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A cursor that is a link stays one. The file that it points to is saved, and locked: it is the
// same cursor by whatever name.
func TestOpenCursor_link(t *testing.T) {
	t.Parallel()
	for name, there := range map[string]bool{"to a file": true, "to a file that is not there yet": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file, link := filepath.Join(dir, "volume.json"), filepath.Join(dir, "cursor.json")
			if there {
				closed(t, opened(t, file))
			}
			if err := os.Symlink(file, link); err != nil {
				t.Skip(err)
			}
			c := opened(t, link)
			if other, err := OpenCursor(file); !errors.Is(err, errInUse) {
				t.Errorf("the file of a cursor that is in use: %v, %v, want that it is in use", other, err)
			}
			if err := c.Bind("queue-1", "somewhere", 0); err != nil { // something to save
				t.Fatal(err)
			}
			closed(t, c)
			if to, err := os.Readlink(link); to != file {
				t.Errorf("the link points to %q, %v; want %s", to, err, file)
			}
			if text, err := os.ReadFile(file); !strings.Contains(string(text), "queue-1") {
				t.Errorf("the file holds %s, %v; want what was saved", text, err)
			}
		})
	}
}
