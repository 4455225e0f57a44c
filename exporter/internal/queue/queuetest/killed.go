// Package queuetest helps tests of durable queues.
package queuetest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// LeftByKill returns a copy of a queue's directory, which is as a kill would leave it: the
// queue may be open. What is no file, such as a socket, is left out.
func LeftByKill(tb testing.TB, dir string) string {
	tb.Helper()
	left := filepath.Join(tb.TempDir(), "queue")
	CopyDir(tb, left, dir)
	return left
}

// CopyDir copies the files of a directory, and of those below it.
func CopyDir(tb testing.TB, to, from string) {
	tb.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a temporary file that was renamed meanwhile
		}
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		switch {
		case entry.IsDir():
			return os.MkdirAll(target, 0o700)
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o600)
	})
	if err != nil {
		tb.Fatal(err)
	}
}
