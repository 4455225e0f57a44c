package process

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxFirstLine is how much systems read of the first line of a script.
const maxFirstLine = 256

// StartError returns the error of a program that could not be started, with the reason
// where the system's own misleads: it says that there is no such file when it is the
// interpreter of a script that is missing.
func StartError(path string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, failed := os.Open(path)
	if failed != nil {
		return err
	}
	defer f.Close()
	line, _ := bufio.NewReader(io.LimitReader(f, maxFirstLine)).ReadString('\n')
	interpreter, isScript := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "#!")
	switch {
	case !isScript:
		return err
	case strings.HasSuffix(interpreter, "\r"):
		return fmt.Errorf("the first line of the script ends with a carriage return, which counts as part of the name of its interpreter: save it with Unix line ends (%w)", err)
	default:
		return fmt.Errorf("the interpreter that the script names in its first line, %q, is not there (%w)", strings.TrimSpace(interpreter), err)
	}
}
