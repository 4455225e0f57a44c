package regular

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// privateMode is that of the files that os.CreateTemp makes.
const privateMode = 0o600

// Replace makes a file or replaces its content. At any moment the old or the new content
// is there as a whole, and the new one is on the disk when Replace returns. A link stays
// one: the file that it points to is replaced.
func Replace(path string, content []byte, mode fs.FileMode) error {
	if err := checkPath(path); err != nil {
		return err
	}
	if isInherited(path) { // there is nothing to replace
		return WriteFile(path, content, mode)
	}
	path = Target(path)
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.partial")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && mode != privateMode { // not every file system has modes
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// maxLinks is how many links in a row the system follows.
const maxLinks = 40

// Target follows the links at a path to the file that is meant, which need not be there.
func Target(path string) string {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil || isInherited(path) {
			return path
		}
		if !filepath.IsAbs(to) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return path
			}
			to = filepath.Join(dir, to)
		}
		path = to
	}
	return path
}
