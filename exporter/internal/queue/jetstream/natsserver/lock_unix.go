//go:build unix

package natsserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// dirLock keeps other processes out of a directory.
type dirLock struct {
	path string
	dir  *os.File
	file *os.File
}

// lockDir keeps other processes out of a directory until the lock is closed, or the
// process ends in whatever way. NATS does not, and two servers on the same files
// destroy them. The lock is on a file, which works on every file system, and on the
// directory itself where that can be locked, for the file can be deleted.
func lockDir(path string) (*dirLock, error) {
	l := &dirLock{path: path}
	var err error
	if l.dir, err = os.Open(path); err != nil {
		return nil, StorageError(err)
	}
	if l.file, err = os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, errors.Join(StorageError(err), l.Close())
	}
	for _, f := range []*os.File{l.file, l.dir} {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
		case errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("%w: %q", ErrLocked, path), l.Close())
		case f == l.dir: // not on this file system
		default:
			return nil, errors.Join(fmt.Errorf("%w: lock %q: %w", ErrStorage, path, err), l.Close())
		}
	}
	return l, nil
}

// Close gives the lock up.
func (l *dirLock) Close() error {
	var errs []error
	for _, f := range []*os.File{l.file, l.dir} {
		if f != nil {
			// A child process has a copy of the file until it runs its own program, and
			// the copy would keep the lock.
			_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// check returns an error if the directory was deleted, or is another one now.
func (l *dirLock) check() error {
	ours, err := l.dir.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(l.path)
	if err != nil {
		return err
	}
	if !os.SameFile(ours, there) {
		return fmt.Errorf("%s is another directory now", l.path)
	}
	_, err = os.Stat(filepath.Join(l.path, "nats", "jetstream"))
	return err
}
