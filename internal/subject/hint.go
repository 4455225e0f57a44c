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

// misplaced says which relative path of the command is right as seen from the file that
// defines it, and wrong as seen from the working directory, where it is looked for. It is
// empty if there is none.
func (c Command) misplaced() string {
	here, err := os.Getwd()
	if err != nil || c.DefinedIn == "" || filepath.Clean(c.DefinedIn) == here {
		return ""
	}
	for _, path := range append([]string{c.Path}, c.Args...) {
		if filepath.IsLocal(path) && !isFile(path) && isFile(filepath.Join(c.DefinedIn, path)) {
			return fmt.Sprintf(": %s is in %s and was looked for in %s: paths are those of the directory the suite is run in, so run it there or change the path", path, c.DefinedIn, here)
		}
	}
	return ""
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
