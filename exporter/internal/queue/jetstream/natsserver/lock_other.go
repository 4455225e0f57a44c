//go:build !unix

package natsserver

import (
	"os"
	"path/filepath"
)

// dirLock only checks that a directory can be written: there is no lock here that ends
// with the process.
type dirLock struct {
	path string
	file *os.File
}

func lockDir(path string) (*dirLock, error) {
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, StorageError(err)
	}
	return &dirLock{path, f}, nil
}

// Close closes the file.
func (l *dirLock) Close() error { return l.file.Close() }

// check returns an error if the directory was deleted.
func (l *dirLock) check() error {
	_, err := os.Stat(filepath.Join(l.path, "nats", "jetstream"))
	return err
}
