package subject

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// hint says what to look at when the program is not there.
func (c Command) hint(err error) string {
	dir, unknown := os.Getwd()
	switch misplaced := c.misplaced(); {
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, exec.ErrNotFound) || unknown != nil:
		return ""
	case misplaced != "":
		return misplaced
	case strings.Contains(c.Path, " "):
		return ": put the arguments into args"
	case strings.Contains(c.Path, "/") && !strings.HasPrefix(c.Path, "/"):
		return ": looked for in " + dir
	default:
		return ""
	}
}

// misplaced says which relative path of the command is not in the working directory, where
// it is looked for, but in the directory of the file that defines it, or above that. It is
// empty if there is none.
func (c Command) misplaced() string {
	here, err := os.Getwd()
	if err != nil || c.DefinedIn == "" {
		return ""
	}
	paths := c.Args
	if strings.Contains(c.Path, "/") { // others are looked for in PATH
		paths = append([]string{c.Path}, paths...)
	}
	for _, path := range paths {
		if !filepath.IsLocal(path) || isFile(path) {
			continue
		}
		for dir := c.DefinedIn; ; dir = filepath.Dir(dir) {
			if isFile(filepath.Join(dir, path)) {
				return fmt.Sprintf(": %s is in %s and was looked for in %s: paths are those of the directory this program is run in, so run it there or change the path", path, dir, here)
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
