// Package walk finds the files of a tree by one set of rules. It follows links, enters no
// directory twice, and takes no file under two names that are links. It takes regular files only. It leaves out names that
// begin with "." or "_", which programs give to what is unfinished or their own. It
// goes on after a part that cannot be read, and says what it left out.
package walk

import (
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// File is a regular file, or what a link to one points at.
type File struct {
	Path string
	Info fs.FileInfo
}

// ErrDangling is returned for a link to a file that is not there.
var ErrDangling = errors.New("the link points to what is not there: mend or remove it")

// Files yields the files at root and below it, in the order of names. A part that
// cannot be read is yielded as an error with the path in File, and the walk goes on.
//
// Skip returns why a file of this name is left out, empty for one to take. It is not
// asked about root: a file that was named is wanted. What is left out is counted in
// left.
func Files(root string, skip func(path string) (kind string), left *Left) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		w := walk{skip: skip, left: left, yield: yield, entered: map[string]bool{}, linked: map[string]bool{}}
		info, err := os.Stat(root)
		switch {
		case err != nil:
			yield(File{Path: root}, err)
		case info.IsDir():
			w.root, _ = filepath.EvalSymlinks(root) // its error comes again when it is entered
			w.directory(root)
		case !info.Mode().IsRegular():
			yield(File{Path: root}, &fs.PathError{Op: "read", Path: root, Err: errors.New("it is a " + kindOf(info.Mode()) + ", want a file or a directory")})
		default:
			yield(File{root, info}, nil)
		}
	}
}

// Hidden reports whether one of the names in a path with slashes begins with "." or
// "_".
func Hidden(path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
			return true
		}
	}
	return false
}

type walk struct {
	skip    func(path string) string
	left    *Left
	yield   func(File, error) bool
	root    string          // the directory that is walked, without links
	entered map[string]bool // directories, by their path without links
	linked  map[string]bool // files that were taken under the name of a link, by theirs
}

// directory reports whether the caller wants more.
func (w *walk) directory(path string) bool {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return w.yield(File{Path: path}, err)
	}
	if target, err = filepath.Abs(target); err != nil {
		return w.yield(File{Path: path}, err)
	}
	if w.entered[target] {
		w.left.AddNamed("linked directory that was read already", path)
		return true
	}
	w.entered[target] = true
	// What could be listed before an error counts.
	entries, err := os.ReadDir(path)
	if err != nil && !w.yield(File{Path: path}, err) {
		return false
	}
	for _, entry := range entries {
		if !w.entry(filepath.Join(path, entry.Name()), filepath.Join(target, entry.Name()), entry) {
			return false
		}
	}
	return true
}

// entry takes what is in a directory. Its path without links is target, unless it is one.
func (w *walk) entry(path, target string, entry fs.DirEntry) bool {
	if Hidden(entry.Name()) {
		w.left.Add("hidden", path)
		return true
	}
	if entry.IsDir() {
		return w.directory(path)
	}
	linked := entry.Type()&fs.ModeSymlink != 0
	kind := w.skip(path)
	if kind != "" && !linked {
		if entry.Type().IsRegular() {
			w.left.Add(kind, path)
		} else {
			w.left.AddNamed(kindOf(entry.Type()), path)
		}
		return true
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !linked:
		return true // gone since the directory was read
	case errors.Is(err, fs.ErrNotExist) && kind != "" && filepath.Ext(path) != "":
		w.left.Add(kind, path)
		return true
	case errors.Is(err, fs.ErrNotExist):
		return w.yield(File{Path: path}, &fs.PathError{Op: "follow", Path: path, Err: ErrDangling})
	case err != nil:
		return w.yield(File{Path: path}, err)
	case info.IsDir():
		return w.directory(path)
	case !info.Mode().IsRegular():
		w.left.AddNamed(kindOf(info.Mode()), path)
		return true
	case kind != "":
		w.left.Add(kind, path)
		return true
	case linked && w.isTaken(path), !linked && w.linked[target]:
		w.left.AddNamed("linked file that is read under its other name", path)
		return true
	}
	return w.yield(File{path, info}, nil)
}

// isTaken reports whether the file that a link points at is taken without the link: it is
// in this tree, or another link was there before.
func (w *walk) isTaken(link string) bool {
	target, err := filepath.EvalSymlinks(link)
	if err == nil {
		target, err = filepath.Abs(target)
	}
	if err != nil {
		return false // it was there just now; opening it will tell
	}
	root, err := filepath.Abs(w.root)
	if err == nil && w.skip(target) == "" {
		inside, err := filepath.Rel(root, target)
		if err == nil && filepath.IsLocal(inside) && !Hidden(filepath.ToSlash(inside)) {
			return true
		}
		if w.entered[filepath.Dir(target)] && !Hidden(filepath.Base(target)) {
			return true
		}
	}
	taken := w.linked[target]
	w.linked[target] = true
	return taken
}

// kindOf names what is no regular file.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	case mode&fs.ModeDevice != 0:
		return "device"
	}
	return "irregular file"
}
