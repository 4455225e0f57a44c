//go:build unix

package source

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A program that starts others gives each a copy of its files for a moment.
func TestCursor_lockCopiedIntoChild(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cursor")
	c, err := OpenCursor(path)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := syscall.Dup(int(c.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenCursor(path)
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
