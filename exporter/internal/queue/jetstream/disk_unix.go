//go:build linux || darwin || freebsd

package jetstream

import "golang.org/x/sys/unix"

// diskSpace returns the bytes that this process may still write to the disk of a
// directory, and its size.
func diskSpace(dir string) (free, size uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	block := uint64(s.Bsize)                               //nolint:gosec // types differ between systems
	return uint64(s.Bavail) * block, s.Blocks * block, nil //nolint:unconvert // Bavail is signed on some systems
}
