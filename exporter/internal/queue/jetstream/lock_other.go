//go:build !unix

package jetstream

import (
	"fmt"
	"os"
	"path/filepath"
)

// lockDir only checks that the directory can be written: there is no lock here
// that ends with the process.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStorage, err)
	}
	return f, nil
}
