// Package regular opens regular files alone. Opening a pipe waits until somebody opens
// its other end, which may be never, and a device has no end.
package regular

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Open opens a file for reading. What the shell puts in place of <(command), which is
// open already, may be a pipe.
func Open(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil {
		if err := check(path, info); err != nil {
			return nil, err
		}
	}
	return os.Open(path) // which says why there is nothing to be looked at
}

// Create makes a file or empties it.
func Create(path string, mode fs.FileMode) (*os.File, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
}

// Append opens a file to write behind its end, or makes it.
func Append(path string, mode fs.FileMode) (*os.File, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, mode)
}

// ReadFile returns the content of a file.
func ReadFile(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(f)
	return content, errors.Join(err, f.Close())
}

// WriteFile makes a file or replaces its content.
func WriteFile(path string, content []byte, mode fs.FileMode) error {
	return WriteTo(path, mode, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// WriteTo makes a file or replaces its content with what write writes.
func WriteTo(path string, mode fs.FileMode, write func(io.Writer) error) error {
	f, err := Create(path, mode)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	return errors.Join(write(w), w.Flush(), f.Close())
}

// ErrThere is returned by Absent.
var ErrThere = errors.New("it is there already: give another path, or remove it")

// Absent returns an error if a file with something in it would be replaced. Some files are
// edited by hand, or cannot be made again.
func Absent(path string) error {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		return fmt.Errorf("%s: %w", path, ErrThere)
	}
	return nil
}

// Same reports whether two paths are of one file that is there, under whatever names.
func Same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// Writable returns an error if a file could not be written: there is something else at
// its path, its directory is not there, or we may not write to it. What a program writes
// at its end is to be looked at before it starts. A file that is there stays as it is.
func Writable(path string) error {
	if err := checkPath(path); err != nil || isInherited(path) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return writableIn(filepath.Dir(Target(path)))
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// WritableDir returns an error if files could not be written into a directory, which may
// have to be made first.
func WritableDir(dir string) error {
	for {
		info, err := os.Stat(dir)
		parent := filepath.Dir(dir)
		to, linkErr := os.Readlink(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist) && linkErr == nil:
			return fmt.Errorf("%s is a link to %s, which is not there", dir, to)
		case errors.Is(err, fs.ErrNotExist) && parent != dir:
			dir = parent
		case err != nil:
			return err
		case !info.IsDir():
			return fmt.Errorf("%s is not a directory: give the path of one", dir)
		default:
			return writableIn(dir)
		}
	}
}

// writableIn tries whether files can be made in a directory.
func writableIn(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("no file can be written in %s: %w", dir, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func checkPath(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return check(path, info)
}

func check(path string, info fs.FileInfo) error {
	var what string
	switch mode := info.Mode(); {
	case mode.IsRegular(), isInherited(path) && !mode.IsDir():
		return nil
	case mode.IsDir():
		what = "directory"
	case mode&fs.ModeNamedPipe != 0:
		what = "pipe"
	case mode&fs.ModeSocket != 0:
		what = "socket"
	case mode&fs.ModeDevice != 0:
		what = "device"
	default:
		what = "special file"
	}
	return fmt.Errorf("%s is a %s: give the path of a file", path, what)
}

// isInherited reports whether a path is a name of a descriptor that is open in this
// process.
func isInherited(path string) bool {
	path = filepath.ToSlash(path)
	switch path {
	case "/dev/stdin", "/dev/stdout", "/dev/stderr":
		return true
	}
	return strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/self/fd/")
}
