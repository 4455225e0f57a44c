//go:build unix

package walk_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// The pipe has no writer: opening it would block for ever.
func TestPipes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "b.json"))
	if err := unix.Mkfifo(filepath.Join(dir, "a.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	got, failed, left := files(t, dir, dir)
	if !slices.Equal(got, []string{"b.json"}) || failed != nil || left.String() != fmt.Sprintf("1 left out: 1 pipe (%q)", filepath.Join(dir, "a.json")) {
		t.Errorf("got %q, failed %q, %q", got, failed, left)
	}
}
