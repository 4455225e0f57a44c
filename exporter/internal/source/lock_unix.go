//go:build unix

package source

import (
	"errors"
	"os"
	"syscall"
)

// errInUse is returned for a file that another process has locked.
var errInUse = errors.New("another exporter uses it: give each a cursor file of its own")

// lockFile locks a file until unlock or until the process ends in whatever way.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	switch err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = errInUse
	case errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOLCK):
		return f, nil // a file system without locks
	}
	return nil, errors.Join(err, f.Close())
}

// unlock gives a locked file up and closes it.
func unlock(f *os.File) error {
	// A child process has a copy of the file until it runs its own program, and the copy
	// would keep the lock.
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	return f.Close()
}
