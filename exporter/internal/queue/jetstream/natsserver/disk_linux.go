//go:build linux

package natsserver

import "golang.org/x/sys/unix"

// diskSpace returns the bytes that this process may still write to the disk of a
// directory, and its size.
func diskSpace(dir string) (free, size uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	// Frsize is the unit of the counts. That is the fragment size; the block size can be larger.
	unit := uint64(s.Frsize)                             // types differ between systems
	return uint64(s.Bavail) * unit, s.Blocks * unit, nil //nolint:unconvert // Bavail is signed on some systems
}
