//go:build !unix

package source

import "os"

// lockFile only checks that the file can be written: there is no lock here that ends
// with the process.
func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
}

// unlock closes the file.
func unlock(f *os.File) error { return f.Close() }
