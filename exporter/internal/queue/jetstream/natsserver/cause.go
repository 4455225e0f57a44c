package natsserver

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
)

// Cause is why a disk did not take a write, in words for people: what it is, and
// what to do.
type Cause string

// Causes of a write that failed.
const (
	CauseRoom        Cause = "its disk is full: make room"
	CauseDescriptors Cause = "the process has no file descriptors left: raise its limit (ulimit -n)"
	CausePermission  Cause = "permission is denied: check owner and mode of the directory"
	CauseReadOnly    Cause = "its disk is read-only: check the mount and the disk"
	CauseFileSize    Cause = "a file is too large for the limit of the process or the disk: raise it (ulimit -f)"
	CauseIO          Cause = "its disk reports input/output errors: check the disk"
	CauseGone        Cause = "its directory was deleted or replaced: restart to begin a new one"
	CauseOther       Cause = "a write failed"
)

// causes are how the operating system names what it refuses. JetStream passes it on
// as text.
var causes = []struct {
	errno syscall.Errno
	text  string
	cause Cause
}{
	{syscall.ENOSPC, "no space left on device", CauseRoom},
	{syscall.EDQUOT, "disk quota exceeded", CauseRoom},
	{syscall.EMFILE, "too many open files", CauseDescriptors},
	{syscall.ENFILE, "too many open files in system", CauseDescriptors},
	{syscall.EACCES, "permission denied", CausePermission},
	{syscall.EPERM, "operation not permitted", CausePermission},
	{syscall.EROFS, "read-only file system", CauseReadOnly},
	{syscall.EFBIG, "file too large", CauseFileSize},
	{syscall.EIO, "input/output error", CauseIO},
}

// causeOf returns the cause that an error names; false: it names none.
func causeOf(err error) (Cause, bool) {
	for _, c := range causes {
		if errors.Is(err, c.errno) {
			return c.cause, true
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return CauseGone, true
	}
	return CauseIn(err.Error())
}

// CauseIn returns the cause that a text names; false: it names none.
func CauseIn(text string) (Cause, bool) {
	text = strings.ToLower(text)
	for _, c := range causes {
		if strings.Contains(text, c.text) {
			return c.cause, true
		}
	}
	return CauseOther, false
}

// StorageError returns an ErrStorage with the cause that an error names.
func StorageError(err error) error {
	cause, _ := causeOf(err)
	return fmt.Errorf("%w: %s (%w)", ErrStorage, cause, err)
}
