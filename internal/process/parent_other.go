//go:build unix && !linux

package process

import "syscall"

// endWithParent does nothing: there is no such signal on this system.
func endWithParent(*syscall.SysProcAttr) {}
