package natsserver

import (
	"errors"
	"os"
	"path/filepath"
)

// Of a probe: what is written, and how many files are open at once.
const (
	probeBytes = 256 << 10
	probeFiles = 16
)

// probeDir reports whether a directory takes what the server does in it: to make a
// file, write, sync, rename and delete it, with some files open beside it.
func probeDir(dir string) (err error) {
	for range probeFiles {
		f, err := os.Open(dir)
		if err != nil {
			return StorageError(err)
		}
		defer f.Close()
	}
	from, to := filepath.Join(dir, "probe.new"), filepath.Join(dir, "probe")
	f, err := os.OpenFile(from, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return StorageError(err)
	}
	_, err = f.Write(make([]byte, probeBytes))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(from, to)
	}
	if err != nil {
		_ = os.Remove(from)
		return StorageError(err)
	}
	if err := os.Remove(to); err != nil {
		return StorageError(err)
	}
	return nil
}
