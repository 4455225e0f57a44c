package process

import "syscall"

// endWithParent makes the kernel end the process when this one is killed.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGTERM }
