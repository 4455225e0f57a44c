//go:build linux || darwin || freebsd || netbsd || openbsd

package source

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// inodeOf returns what distinguishes a file from another that was put at its path with the
// same size and time of change: its inode, and when that changed, which no program can
// set. Empty: not known.
func inodeOf(path string) string {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return ""
	}
	return fmt.Sprintf(" inode:%x %x", st.Ino, st.Ctim.Nano())
}
